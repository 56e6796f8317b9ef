# mlpipeline as a container: docker build -t mlpipeline . && docker run -v mlpipeline:/home/mlpipeline mlpipeline
# Training inside a run needs user namespaces in the container (docker run --security-opt seccomp=unconfined
# --security-opt apparmor=unconfined); without them blueprint code runs only with the owner's consent, and doctor says so.
FROM node:20.20-bookworm-slim AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# The compilers are for machines where no prebuilt SQLite driver can be downloaded.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
RUN npm ci --no-audit --no-fund --ignore-scripts && node scripts/install-sqlite.mjs
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY mcp ./mcp
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20.20-bookworm-slim
# Python trains the models, make runs the repository's targets, bubblewrap isolates both, openssh reaches ssh remotes.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends \
     bubblewrap ca-certificates git make openssh-client python3 python3-venv tar util-linux \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 10001 --create-home --home-dir /home/mlpipeline --shell /usr/sbin/nologin mlpipeline
WORKDIR /app
COPY --from=build /src/package.json ./package.json
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY prompts ./prompts
COPY migrations ./migrations
COPY examples ./examples
COPY manifest.yml ./manifest.yml
ENV NODE_ENV=production MLPIPELINE_HOME=/home/mlpipeline/home USER=mlpipeline
USER 10001
VOLUME ["/home/mlpipeline"]
HEALTHCHECK --interval=60s --timeout=20s --start-period=30s --retries=3 \
  CMD ["node", "/app/dist/src/cli/main.js", "metrics", "--check"]
ENTRYPOINT ["node", "/app/dist/src/cli/main.js"]
CMD ["serve"]

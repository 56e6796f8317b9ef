import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveGit } from "./git-http.ts";
import { answerGithub } from "./github.ts";
import { answerGitlab } from "./gitlab.ts";
import { type ApiAnswer, createWorld, type ForgeWorld } from "./world.ts";

/** A forge on 127.0.0.1: real git over HTTP on bare repositories, and the REST API of GitHub or GitLab, both behind one token. */
export interface FakeForge {
  readonly kind: "github" | "gitlab";
  readonly origin: string;
  readonly token: string;
  readonly requests: ForgeWorld["requests"];
  /** Makes an empty bare repository and gives its folder. */
  readonly create: (project: string) => Promise<string>;
  /** The next `times` requests whose path matches are answered so instead; git ones with the status alone. */
  readonly fail: (path: RegExp, status: number, times?: number) => void;
  /** From now on every request whose path matches is sent on to another server. */
  readonly redirect: (path: RegExp, to: string) => void;
  /** Every `method path` that came, in order; of all headers only whether the token was there. */
  readonly seen: readonly { readonly line: string; readonly token: boolean }[];
  readonly close: () => Promise<void>;
}

const readBody = async (request: IncomingMessage): Promise<Record<string, unknown> | null> => {
  let text = "";
  for await (const piece of request) text += String(piece);
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
};

const BASES = { github: "/api/v3", gitlab: "/api/v4" } as const;
const USERS = { github: "x-access-token", gitlab: "oauth2" } as const;

export const startFakeForge = async (
  kind: FakeForge["kind"] = "github",
  token = "ghp_planted0000secret0000token",
): Promise<FakeForge> => {
  const root = await mkdtemp(join(tmpdir(), "fake-forge-"));
  const faults: { path: RegExp; status: number; left: number }[] = [];
  const redirects: { path: RegExp; to: string }[] = [];
  const seen: { line: string; token: boolean }[] = [];
  let origin = "";
  const world = createWorld(root, token, () => origin);
  const basic = `Basic ${Buffer.from(`${USERS[kind]}:${token}`).toString("base64")}`;

  const send = (response: ServerResponse, { body, status }: ApiAnswer) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://x");
    const held = [request.headers.authorization, request.headers["private-token"]].some(
      (value) => value !== undefined && [basic, `Bearer ${token}`, token].includes(String(value)),
    );
    seen.push({ line: `${request.method} ${url.pathname}`, token: held });
    const moved = redirects.find((one) => one.path.test(url.pathname));
    if (moved) {
      response.setHeader("Location", `${moved.to}${request.url}`);
      return send(response, { status: 307, body: {} });
    }
    const fault = faults.find((one) => one.left > 0 && one.path.test(url.pathname));
    if (fault) {
      fault.left -= 1;
      return send(response, { status: fault.status, body: { message: "planted" } });
    }
    if (!url.pathname.startsWith(BASES[kind])) {
      if (request.headers.authorization === basic) return serveGit(root, "bot", request, response);
      response.setHeader("WWW-Authenticate", 'Basic realm="forge"');
      return send(response, { status: 401, body: { message: "log in" } });
    }
    const read = {
      method: request.method ?? "GET",
      path: url.pathname.slice(BASES[kind].length),
      query: url.searchParams,
      headers: request.headers as Record<string, string | undefined>,
      body: await readBody(request),
    };
    return send(
      response,
      kind === "github" ? answerGithub(world, read) : answerGitlab(world, read),
    );
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      send(response, { status: 500, body: { message: String(error) } }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    kind,
    origin,
    token,
    requests: world.requests,
    seen,
    create: async (project) => {
      const dir = join(root, `${project}.git`);
      await mkdir(dir, { recursive: true });
      execFileSync("git", ["-C", dir, "init", "--quiet", "--bare", "--initial-branch=main"]);
      return dir;
    },
    fail: (path, status, times = 1) => faults.push({ path, status, left: times }),
    redirect: (path, to) => redirects.push({ path, to }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(root, { recursive: true, force: true });
    },
  };
};

import { join } from "node:path";
import type { ServerContext } from "@modelcontextprotocol/server";
import { ConfigError } from "../src/lib/errors.ts";
import type { WorkspaceConfig } from "../src/spec/config.ts";
import { ownerOf, type StaticToken } from "./auth.ts";
import { type Composition, mcpDepsOf, watchOf } from "./composition.ts";
import { createHttpCaller, createMcpHttp, type McpHttp } from "./http.ts";

export interface MountOptions {
  readonly workspace: WorkspaceConfig;
  readonly tokens: readonly StaticToken[];
  readonly osUser: string;
  /** The package's root, where guides and knowledge lie. */
  readonly root: string;
  readonly homeKey: string;
}

interface MountedComposition extends Composition {
  readonly store: Composition["store"] & {
    readonly people: {
      readonly byIdentity: (
        kind: "mcp" | "os",
        subject: string,
      ) => Promise<{ readonly id: string } | null>;
    };
  };
}

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/** Another machine may ask only where it is asked for a token: anything else would act as whoever runs the process. */
const mustBeSafe = (bind: string, hasAuth: boolean): void => {
  if (LOOPBACK.has(bind) || hasAuth) return;
  throw new ConfigError(
    "MCP_NEEDS_AUTH",
    `surfaces.mcp.http would answer anybody who reaches ${bind}`,
    { next: "set MLPIPELINE_MCP_TOKENS or surfaces.mcp.jwt, or leave http.bind at 127.0.0.1" },
  );
};

/** The MCP surface of `mlpipeline serve`; null where it is off. ConfigError MCP_NEEDS_AUTH. */
export const mountMcp = async (
  app: MountedComposition,
  options: MountOptions,
): Promise<McpHttp | null> => {
  const { homeKey, osUser, root, tokens, workspace } = options;
  const { mcp } = workspace.surfaces;
  if (!mcp.http) return null;
  mustBeSafe(workspace.http.bind, tokens.length > 0 || mcp.jwt !== null);
  const { clock, log } = app.deps;
  const watch = watchOf(app);
  const findCaller = createHttpCaller(app.store.people.byIdentity, osUser);
  const deps = await mcpDepsOf(app, {
    findCaller,
    principalOf: (context: ServerContext) =>
      ownerOf(context.http?.authInfo)?.principal ?? `http/${osUser}`,
    homeKey,
    offer: { toolsets: mcp.toolsets, readOnly: mcp.read_only },
    promptsDir: join(root, "prompts"),
    watch,
  });
  const mounted = createMcpHttp({
    deps,
    watch,
    findCaller,
    publicUrl: mcp.public_url,
    hosts: mcp.hosts,
    tokens,
    jwt: mcp.jwt,
    ratePerMinute: mcp.rate_per_minute,
    log,
    nowMs: clock.nowMs,
  });
  return {
    paths: mounted.paths,
    close: async () => {
      watch.close();
      await mounted.close();
    },
  };
};

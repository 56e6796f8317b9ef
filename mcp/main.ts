import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { type AppOptions, createApp } from "../src/app.ts";
import type { Config } from "../src/config.ts";
import { sha256 } from "../src/lib/hash.ts";
import { createMcpFactory } from "./server.ts";

const REPEAT_MS = 600_000; // a client that lost the answer sends the call again; within this time it is the same call

/** `mlpipeline mcp`: serves assistants over stdio as the person of this operating-system user. Ends with its input or the signal. */
export const serveMcp = async (
  config: Config,
  stop: AbortSignal,
  extra: AppOptions = {},
): Promise<0> => {
  const app = await createApp(config, extra);
  await app.ensureOwner();
  const { clock, log, version } = app.deps;
  const factory = createMcpFactory({
    operations: app.operations,
    actor: async () => {
      const person = await app.store.people.byIdentity("os", config.osUser);
      return { person: person?.id ?? null, via: "mcp", ref: `stdio/${config.osUser}`, model: true };
    },
    keyOf: (operation, input) =>
      `mcp/${config.osUser}/${sha256(`${operation}\n${JSON.stringify(input)}\n${Math.floor(clock.nowMs() / REPEAT_MS)}`)}`,
    version,
    log,
  });
  const handle = serveStdio(factory, {
    onerror: (error) => log.warn("mcp", { error: error.message }),
  });
  await new Promise<void>((resolve) => {
    process.stdin.once("end", resolve);
    process.stdin.once("close", resolve);
    stop.addEventListener("abort", () => resolve(), { once: true });
  });
  await handle.close();
  app.close();
  return 0;
};

import { join } from "node:path";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { type App, type AppOptions, createApp, PACKAGE_ROOT } from "../src/app.ts";
import type { Config } from "../src/config.ts";
import { holdRole } from "../src/runtime/hold-role.ts";
import { secretKey } from "../src/runtime/secret-key.ts";
import type { FindCaller } from "./caller.ts";
import { mcpDepsOf, watchOf } from "./composition.ts";
import { DEFAULT_OFFER, type Offer } from "./offer.ts";
import { createMcpFactory } from "./server.ts";

/** A worker gives a sign every second. */
const SILENT_MS = 3_000;

const stdioCaller =
  (app: App, osUser: string): FindCaller =>
  async () => {
    const person = await app.store.people.byIdentity("os", osUser);
    return {
      actor: { person: person?.id ?? null, via: "mcp", ref: `stdio/${osUser}`, model: true },
      principal: `stdio/${osUser}`,
      scopes: null,
      proved: true,
    };
  };

/** `mlpipeline mcp`: serves assistants over stdio as the person of this operating-system user. Ends with its input or the signal. */
export const serveMcp = async (
  config: Config,
  stop: AbortSignal,
  extra: AppOptions = {},
  offer: Offer = DEFAULT_OFFER,
): Promise<0> => {
  const app = await createApp(config, extra);
  await app.ensureOwner();
  const { log } = app.deps;
  const gone = new AbortController();
  const end = AbortSignal.any([stop, gone.signal]);
  const watch = watchOf(app);
  const deps = await mcpDepsOf(app, {
    findCaller: stdioCaller(app, config.osUser),
    principalOf: () => `stdio/${config.osUser}`,
    homeKey: secretKey(config.homeDir, app.deps.newId),
    offer,
    promptsDir: join(PACKAGE_ROOT, "prompts"),
    watch,
  });
  const handle = serveStdio(createMcpFactory(deps), {
    onerror: (error) => log.warn("mcp", { error: error.message }),
  });
  log.info("serving assistants over stdio", { home: config.homeDir, toolsets: offer.toolsets });
  const hangUp = () => gone.abort();
  process.stdin.once("end", hangUp);
  process.stdin.once("close", hangUp);
  // Works on runs where no other process does, so that what an assistant starts goes on.
  const working = holdRole(
    {
      takeRole: app.takeRole,
      createWork: app.createWork,
      kill: app.deps.kill,
      log,
      isFree: async () => {
        const { clock } = app.deps;
        const at = (await app.store.figures.read(clock.nowMs())).workerBeatAt;
        return at === null || clock.nowMs() - at > SILENT_MS;
      },
    },
    `mcp-${process.pid}-${app.deps.newId()}`,
    end,
  );
  try {
    await new Promise<void>((resolve) => {
      if (end.aborted) resolve();
      end.addEventListener("abort", () => resolve(), { once: true });
    });
    watch.close();
    await handle.close();
    await working;
  } finally {
    app.close();
  }
  return 0;
};

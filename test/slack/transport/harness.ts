import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "../../../src/lib/log.ts";
import { createHttp } from "../../../src/runtime/http.ts";
import { createInbox } from "../../../src/runtime/inbox.ts";
import { createShown } from "../../../src/runtime/shown.ts";
import { SLACK_PATH } from "../../../src/slack/transport/request.ts";
import { createTransport, type Transport } from "../../../src/slack/transport/transport.ts";
import { openStore } from "../../../src/store/open.ts";
import type { Store } from "../../../src/store/port.ts";
import {
  type FakeSlack,
  type FakeSlackOptions,
  startFakeSlack,
} from "../../support/fake-slack/server.ts";
import { MIGRATIONS } from "../../support/store-world.ts";

export type Mode = "socket" | "http";

/** The real transport with a real store, on a fake Slack. What is logged is kept, so that a test can look. */
export interface Bot {
  readonly slack: FakeSlack;
  readonly store: Store;
  readonly transport: Transport;
  readonly logged: readonly string[];
  /** Ends this bot as SIGKILL would as far as Slack and the store can tell: no row is marked, nothing is answered. */
  readonly vanish: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface BotOptions extends FakeSlackOptions {
  readonly mode?: Mode;
  /** Registers what this test listens to. */
  readonly listen?: (transport: Transport) => void;
  /** Goes on with the Slack and the folder of a bot that has vanished. */
  readonly after?: { readonly slack: FakeSlack; readonly dir: string };
}

export const startBot = async (
  options: BotOptions = {},
): Promise<Bot & { readonly dir: string }> => {
  const { mode = "socket", listen, after, ...fake } = options;
  const slack = after?.slack ?? (await startFakeSlack({ rates: "off", ...fake }));
  const dir = after?.dir ?? (await mkdtemp(join(tmpdir(), "mlpipeline-slack-")));
  const store = await openStore({ file: join(dir, "mlpipeline.db"), migrations: MIGRATIONS });
  const logged: string[] = [];
  const log = createLog((line) => logged.push(line), slack.clock.nowMs);
  const state = { gone: false };
  const inbox = createInbox(store.inbox, slack.clock);
  const { botToken, appToken, signingSecret } = slack.workspace;
  const transport = createTransport({
    botToken,
    via: mode === "socket" ? { mode, appToken } : { mode, signingSecret },
    apiUrl: slack.url,
    maxFileBytes: 1_000_000,
    inbox: {
      ...inbox,
      // After the process has ended nothing is marked any more.
      done: async (key) => (state.gone ? undefined : inbox.done(key)),
    },
    messages: createShown(store.messages, "slack", slack.clock.nowMs),
    owners: async () => [{ team: "T1", user: "UOWNER" }],
    timing: { nowMs: slack.clock.nowMs, sleep: slack.clock.sleep },
    log,
  });
  listen?.(transport);
  const http = createHttp({ bind: "127.0.0.1", port: 0, log });
  if (transport.handle) http.mount(SLACK_PATH, transport.handle);
  const address = transport.handle ? await http.start() : null;
  await transport.start();
  if (address) await slack.http.connect(`http://127.0.0.1:${address.port}${SLACK_PATH}`);
  await slack.connected();
  const end = async () => {
    await transport.stop();
    if (address) await http.stop();
    store.close();
  };
  return {
    slack,
    store,
    transport,
    logged,
    dir,
    vanish: async () => {
      state.gone = true;
      await end();
    },
    close: async () => {
      await end();
      await slack.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

/** Looks again until something is there; throws after ten seconds. */
export const until = async <T>(
  what: string,
  look: () => T | undefined | null | false,
): Promise<T> => {
  const end = performance.now() + 10_000;
  for (;;) {
    const found = look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

import { sha256 } from "../lib/hash.ts";
import type { NewId } from "../lib/id.ts";
import type { Loaded, Store } from "../store/port.ts";
import type { RuntimeDeps } from "./deps.ts";
import { BOOT, WORKSPACE } from "./people.ts";

/** The setting that says that this home has a bot. */
const SLACK_SETTING = "slack";

type Deps = Pick<RuntimeDeps, "slackConfigured">;

/**
 * Whether the home has a bot, whichever process asks: a terminal started without Slack's tokens must not be where an unproved
 * vote suddenly counts, nor where nothing is shown to people.
 */
export const slackIn = (deps: Deps, loaded: Loaded): boolean =>
  deps.slackConfigured || loaded.reads.setting(SLACK_SETTING) === true;

export const isSlackOn = async (deps: Deps & { readonly store: Store }): Promise<boolean> =>
  deps.slackConfigured || (await deps.store.settings.get(SLACK_SETTING)) === true;

/** Notes, once, that a process with Slack's tokens has opened this home. */
export const noteSlack = async (store: Store, nowMs: number, newId: NewId): Promise<void> => {
  if ((await store.settings.get(SLACK_SETTING)) === true) return;
  await store.commit(
    { runId: WORKSPACE, key: `slack/${newId()}`, payloadHash: sha256("slack"), nowMs, actor: BOOT },
    () => ({
      events: [],
      outbox: [],
      answer: true,
      settings: [{ key: SLACK_SETTING, value: true }],
      audit: [{ action: "SlackConfigured", subject: "slack" }],
    }),
  );
};

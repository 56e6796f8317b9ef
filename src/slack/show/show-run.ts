import { RetryableError } from "../../lib/errors.ts";
import { runCard } from "../../operations/run-card.ts";
import { type RunCard, renderRunMessage } from "../blocks/run-message.ts";
import { formatRef, type MessageRef, parseRef } from "../messages.ts";
import type { SlackPort } from "../port.ts";
import { bodyOf, editShown, effectOf, KEYS, type Show, type ShowDeps } from "./row.ts";

const CHANNEL_WAIT_MS = 300;
// As long as a start in Slack may take to note its channel; after that the process that started it is gone.
const CHANNEL_GRACE_MS = 10_000;

const channelOf = async (deps: ShowDeps, card: RunCard): Promise<string | null> => {
  const own = await deps.messages.get(KEYS.channel(card.run_id));
  if (own !== null) return own;
  const age = deps.nowMs() - Date.parse(card.started_at);
  if (card.started_via === "slack" && age < CHANNEL_GRACE_MS) {
    throw new RetryableError("NO_CHANNEL", "the channel of the start is not noted yet", {
      retryAfterMs: CHANNEL_WAIT_MS,
    });
  }
  return deps.settings.defaultChannel;
};

// While it is "processing" Slack shows a stop button in the thread, which asks pause or cancel.
const sessionOf = ({ status, waits_for }: RunCard): Parameters<SlackPort["setSession"]>[1] => {
  if (status === "running") return waits_for ? "suspended" : "processing";
  return status === "paused" ? "suspended" : "closed";
};

const tellSession = async (
  { port }: ShowDeps,
  card: RunCard,
  at: MessageRef | null,
): Promise<void> => {
  if (at) await port.setSession(at, sessionOf(card));
};

/** The run's one message in its channel; everything else stands in its thread. */
export const showRun: Show = async (deps, row) => {
  const { run_id } = bodyOf(row);
  const card = await deps.call(runCard, { run_id });
  const rendered = renderRunMessage(card);
  const edited = await editShown(deps, row, rendered);
  if (edited !== null) {
    await tellSession(deps, card, parseRef(edited));
    return edited;
  }
  const channel = await channelOf(deps, card);
  if (channel === null) return null;
  const posted = await deps.port.post({
    channel,
    threadTs: null,
    broadcast: false,
    rendered,
    effect: effectOf(row),
  });
  await tellSession(deps, card, posted);
  return formatRef(posted);
};

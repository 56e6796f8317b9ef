import { RetryableError } from "../lib/errors.ts";
import { handoffGet } from "../operations/handoff-get.ts";
import { pipelineStatus } from "../operations/pipeline-status.ts";
import { renderHandoffMessage } from "./blocks/handoff-message.ts";
import type { Rendered } from "./blocks/rendered.ts";
import { renderRunMessage } from "./blocks/run-message.ts";
import type { SlackDeps } from "./deps.ts";
import { formatRef, parseRef } from "./messages.ts";
import type { Effect } from "./port.ts";

/** What the outbox hands over: the name of a thing to show, and where it lies when it is shown already. */
export interface SlackRow {
  readonly effectKey: string;
  readonly kind: string;
  readonly body: unknown;
  readonly externalRef: string | null;
}

type DeliverDeps = Pick<SlackDeps, "port" | "call" | "messages" | "settings">;

const PARENT_WAIT_MS = 1_000;

const bodyOf = (body: unknown): { readonly run_id: string; readonly ref: string } => {
  const named = body as { readonly run_id?: unknown; readonly ref?: unknown };
  return { run_id: String(named.run_id), ref: String(named.ref) };
};

const effectOf = (row: SlackRow): Effect => ({ key: row.effectKey, kind: row.kind, revision: 0 });

const post = async (
  { port }: DeliverDeps,
  row: SlackRow,
  channel: string,
  threadTs: string | null,
  rendered: Rendered,
  broadcast: boolean,
): Promise<string> =>
  formatRef(await port.post({ channel, threadTs, broadcast, rendered, effect: effectOf(row) }));

const edit = async (
  { port }: DeliverDeps,
  row: SlackRow,
  ref: string,
  rendered: Rendered,
): Promise<string> => {
  const at = parseRef(ref);
  return at ? formatRef(await port.edit(at, rendered, effectOf(row))) : ref;
};

const showRun = async (deps: DeliverDeps, row: SlackRow): Promise<string | null> => {
  const { run_id } = bodyOf(row.body);
  const rendered = renderRunMessage(await deps.call(pipelineStatus, { run_id }));
  const known = row.externalRef ?? (await deps.messages.get(row.effectKey));
  if (known) return edit(deps, row, known, rendered);
  const channel = (await deps.messages.get(`channel/${run_id}`)) ?? deps.settings.defaultChannel;
  if (channel === null) return null;
  const ref = await post(deps, row, channel, null, rendered, false);
  await deps.messages.put(row.effectKey, ref);
  return ref;
};

// Everything but the run's own message stands in its thread, so the run's message comes first.
const threadOf = async (deps: DeliverDeps, runId: string) => {
  const parent = parseRef(await deps.messages.get(`run/${runId}`));
  if (parent) return parent;
  throw new RetryableError("NO_PARENT", "the run's message is not posted yet", {
    retryAfterMs: PARENT_WAIT_MS,
  });
};

const showHandoff = async (deps: DeliverDeps, row: SlackRow): Promise<string> => {
  const { ref, run_id } = bodyOf(row.body);
  const handoff = await deps.call(handoffGet, { approval: ref });
  const rendered = renderHandoffMessage(handoff, handoff.log_head);
  const known = row.externalRef ?? (await deps.messages.get(row.effectKey));
  if (known) return edit(deps, row, known, rendered);
  const parent = await threadOf(deps, run_id);
  const posted = await post(deps, row, parent.channel, parent.ts, rendered, true);
  await deps.messages.put(row.effectKey, posted);
  return posted;
};

const showStep = async (deps: DeliverDeps, row: SlackRow): Promise<string> => {
  const { ref, run_id } = bodyOf(row.body);
  if (row.externalRef) return row.externalRef;
  const parent = await threadOf(deps, run_id);
  const text = `${ref} is done and approved.`;
  const rendered: Rendered = {
    text,
    blocks: [{ type: "section", text: { type: "plain_text", text } }],
  };
  return post(deps, row, parent.channel, parent.ts, rendered, false);
};

/** Shows what the outbox names: renders the state that is now, posts it once, and edits it ever after. */
export const createSlackDeliver =
  (deps: DeliverDeps) =>
  async (row: SlackRow): Promise<{ readonly externalRef: string | null }> => {
    switch (row.kind) {
      case "run":
        return { externalRef: await showRun(deps, row) };
      case "delivery":
        return { externalRef: row.externalRef }; // told by `status`; a line of its own is the surface's to add
      case "handoff":
        return { externalRef: await showHandoff(deps, row) };
      case "step":
        return { externalRef: await showStep(deps, row) };
      default:
        return { externalRef: null };
    }
  };

import { RetryableError } from "../../lib/errors.ts";
import type { Rendered } from "../blocks/rendered.ts";
import type { SlackDeps } from "../deps.ts";
import { formatRef, type MessageRef, parseRef } from "../messages.ts";
import type { Effect } from "../port.ts";

/** What the outbox hands over: the name of a thing to show, and where it lies when it is shown already. */
export interface SlackRow {
  readonly effectKey: string;
  readonly kind: string;
  readonly body: unknown;
  readonly externalRef: string | null;
}

export type ShowDeps = Pick<
  SlackDeps,
  "port" | "call" | "messages" | "settings" | "findPerson" | "log" | "nowMs"
>;

/** Shows what a row names and gives where it lies; null when it is shown nowhere. */
export type Show = (deps: ShowDeps, row: SlackRow) => Promise<string | null>;

const PARENT_WAIT_MS = 1_000;

/** What a row names: a run, and the thing in it. */
export const bodyOf = (row: SlackRow): { readonly run_id: string; readonly ref: string } => {
  const named = row.body as { readonly run_id?: unknown; readonly ref?: unknown };
  return { run_id: String(named.run_id), ref: String(named.ref) };
};

export const effectOf = (row: SlackRow, revision = 0): Effect => ({
  key: row.effectKey,
  kind: row.kind,
  revision,
});

/** The effect keys under which things are found again. */
export const KEYS = {
  run: (runId: string) => `run/${runId}`,
  channel: (runId: string) => `channel/${runId}`,
  approval: (kind: string, approvalId: string) => `${kind}/${approvalId}`,
} as const;

/** Where the run's message stands. RetryableError NO_PARENT until it is posted; null for a run that no channel shows. */
export const threadOf = async (deps: ShowDeps, runId: string): Promise<MessageRef | null> => {
  const parent = parseRef(await deps.messages.get(KEYS.run(runId)));
  if (parent) return parent;
  const channel = (await deps.messages.get(KEYS.channel(runId))) ?? deps.settings.defaultChannel;
  if (channel === null) return null;
  throw new RetryableError("NO_PARENT", "the run's message is not posted yet", {
    retryAfterMs: PARENT_WAIT_MS,
  });
};

/** Edits what a row has shown before; null when it has shown nothing yet. */
export const editShown = async (
  deps: ShowDeps,
  row: SlackRow,
  rendered: Rendered,
  revision = 0,
): Promise<string | null> => {
  const known = parseRef(row.externalRef ?? (await deps.messages.get(row.effectKey)));
  if (!known) return null;
  return formatRef(await deps.port.edit(known, rendered, effectOf(row, revision)));
};

/** Posts into the run's thread and remembers where. */
export const postInThread = async (
  deps: ShowDeps,
  row: SlackRow,
  rendered: Rendered,
  { broadcast = false, revision = 0 } = {},
): Promise<string | null> => {
  const parent = await threadOf(deps, bodyOf(row).run_id);
  if (!parent) return null;
  return formatRef(
    await deps.port.post({
      channel: parent.channel,
      threadTs: parent.ts,
      broadcast,
      rendered,
      effect: effectOf(row, revision),
    }),
  );
};

/** Edits what is shown, else posts it into the thread. */
export const showInThread = async (
  deps: ShowDeps,
  row: SlackRow,
  rendered: Rendered,
  options: { readonly broadcast?: boolean; readonly revision?: number } = {},
): Promise<string | null> =>
  (await editShown(deps, row, rendered, options.revision)) ??
  (await postInThread(deps, row, rendered, options));

import { isProductError } from "../../lib/errors.ts";
import { handoffFiles } from "../../operations/handoff-files.ts";
import { handoffUploads } from "../verbs/files.ts";
import { bodyOf, type Show, threadOf } from "./row.ts";

const TRYING = "trying";

/**
 * Report, diff and chart of a handoff: one upload into the run's thread. An upload whose answer was lost is not repeated (it may
 * stand there already); the handoff's menu gives the files again.
 */
export const showEvidence: Show = async (deps, row) => {
  if (row.externalRef !== null) return row.externalRef;
  const { ref, run_id } = bodyOf(row);
  const thread = await threadOf(deps, run_id);
  if (!thread) return null;
  if ((await deps.messages.get(row.effectKey)) === TRYING) return TRYING;
  const files = await handoffUploads((approval) => deps.call(handoffFiles, { approval }), ref);
  await deps.messages.put(row.effectKey, TRYING);
  try {
    const ids = await deps.port.upload(
      { channel: thread.channel, threadTs: thread.ts },
      files,
      "The whole report and the change, as files.",
    );
    return ids.join(",") || TRYING;
  } catch (error) {
    // Not taken for certain: forget the mark and let the outbox come again.
    if (isProductError(error) && error.kind === "retryable")
      await deps.messages.put(row.effectKey, "refused");
    throw error;
  }
};

import { runCard } from "../../operations/run-card.ts";
import { stepGet } from "../../operations/step-get.ts";
import { renderBlockedMessage } from "../blocks/blocked-message.ts";
import { renderLine } from "../blocks/line-message.ts";
import { roleTitle, runWords } from "../blocks/state-words.ts";
import { bodyOf, postInThread, type Show, showInThread } from "./row.ts";

/** A line per accepted step, posted once. */
export const showStep: Show = async (deps, row) => {
  if (row.externalRef !== null) return row.externalRef;
  return postInThread(deps, row, renderLine(`${roleTitle(bodyOf(row).ref)} is done and approved.`));
};

/** A step that waits for a person; edited once it goes on. */
export const showBlocked: Show = async (deps, row) => {
  const { ref, run_id } = bodyOf(row);
  const [card, step] = await Promise.all([
    deps.call(runCard, { run_id }),
    deps.call(stepGet, { run_id, step_id: ref }),
  ]);
  const rendered = renderBlockedMessage({ id: run_id, name: card.run }, step);
  return showInThread(deps, row, rendered, { broadcast: true });
};

/** How a run ended, told to the channel; posted once. */
export const showEnd: Show = async (deps, row) => {
  if (row.externalRef !== null) return row.externalRef;
  const card = await deps.call(runCard, { run_id: bodyOf(row).run_id });
  const why = card.failure ? `: ${card.failure}` : "";
  const line = renderLine(
    `Run ${card.run} is ${runWords(card.status, card.pauses)}${why}. Log head ${card.log_head}.`,
  );
  return postInThread(deps, row, line, { broadcast: true });
};

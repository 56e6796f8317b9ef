import { ACTIONS } from "../action-ids.ts";
import { actions, button, context, markup, section, sentences, utc } from "../elements.ts";
import type { Rendered } from "../rendered.ts";
import type { ApprovalAnswer } from "./approval-view.ts";
import { quorumWords } from "./decision.ts";

const subjectOf = ({ kind, phase, run }: ApprovalAnswer): string =>
  kind === "handoff" ? `handoff ${phase} of ${run}` : `the ${kind} approval of ${run}`;

const voteButton = (approval: ApprovalAnswer) =>
  approval.kind === "budget"
    ? button("Raise budget…", ACTIONS.raise, approval.approval_id, { style: "primary" })
    : button("Approve…", ACTIONS.approve, approval.approval_id, { style: "primary" });

/** To the owner, about what nobody decided in time: time never approves, so it is held until there is more of it. */
const renderHeld = (approval: ApprovalAnswer, link: string | null): Rendered => {
  const why = `Nobody decided in time: ${subjectOf(approval)} is held and its run waits. Only you can give more time.`;
  return {
    text: sentences(why),
    blocks: [
      section(why),
      ...(link === null ? [] : [context(markup(`<${link}|Read it in the thread>`))]),
      actions(
        button("Extend the deadline…", ACTIONS.openModal, `extend:${approval.approval_id}`, {
          style: "primary",
        }),
      ),
    ],
  };
};

/**
 * A direct message to someone whose vote is missing: what waits, until when, and the same buttons. `kind` is reminder,
 * escalation or held. Pure.
 */
export const renderReminder = (
  approval: ApprovalAnswer,
  link: string | null,
  kind: string,
): Rendered => {
  if (kind === "held") return renderHeld(approval, link);
  const subject = subjectOf(approval);
  const why =
    kind === "escalation"
      ? `Nobody decided in time, so it comes to you: ${subject} waits for your decision.`
      : `${subject} still waits for your decision.`;
  const until = `${quorumWords(approval)} approvals so far; please decide until ${utc(approval.expires_at)}.`;
  return {
    text: sentences(why, until),
    blocks: [
      section(`${why}\n${until}`),
      ...(link === null ? [] : [context(markup(`<${link}|Read it in the thread>`))]),
      actions(
        voteButton(approval),
        button("Reject…", ACTIONS.reject, approval.approval_id, { style: "danger" }),
      ),
    ],
  };
};

/** An assistant's request, in the run's thread: who asked for whom, its note as what it is, and the buttons. Pure. */
export const renderRequest = (approval: ApprovalAnswer, asked: string, note: string): Rendered => {
  const ask = `${asked}: please decide ${subjectOf(approval)}.`;
  const said = note === "" ? "" : `The assistant says: ${note}`;
  return {
    text: sentences(ask, said),
    blocks: [
      section(ask, 600),
      ...(said === "" ? [] : [section(said, 1_000)]),
      actions(
        voteButton(approval),
        button("Reject…", ACTIONS.reject, approval.approval_id, { style: "danger" }),
      ),
    ],
  };
};

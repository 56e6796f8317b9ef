import type { BodyOf } from "../command.ts";
import type { Rejection } from "../context.ts";
import { type Draft, reject } from "../draft.ts";
import { readyStep, settle, staleStep } from "../flow.ts";
import { completePhase } from "../handoff.ts";
import { openBudgets, takesVotes } from "../holds.ts";
import { stepsOf } from "../phases.ts";
import { needsMet } from "../staleness.ts";
import type { ApprovalState, RunState } from "../state.ts";
import { agreedAmount, countable, eligible, outcomeOf, voterFor } from "../voting.ts";

type Vote = BodyOf<"CastVote">;

const formAllowed = (approval: ApprovalState, body: Vote): boolean =>
  body.form !== true || (approval.policy.assistantForms && approval.risk !== "high");

const decidedBy = (approval: ApprovalState): string =>
  approval.votes.map((vote) => `${vote.person}: ${vote.decision}`).join(", ") || approval.status;

/** The cap that a budget approval would replace, where the run itself has it; 0 where it stands in the ledger alone. */
const capInForce = (state: RunState, approval: ApprovalState): number => {
  const [level, unit] = approval.ask?.kind === "budget" ? approval.ask.scope.split(".") : [];
  if (level !== "run" && level !== "phase") return 0;
  const cap = state.budget[level];
  const amount = unit === "usd" ? cap.microUsd : unit === "tokens" ? cap.tokens : cap.ms;
  return amount ?? 0;
};

const signsWrong = (state: RunState, approval: ApprovalState, body: Vote): Rejection | null => {
  if (approval.kind !== "budget") {
    return body.manifestHash === approval.manifestHash
      ? null
      : reject("STALE_CONTENT", "what you were shown is not what would be approved now", [
          `read the handoff with manifest ${approval.manifestHash}`,
        ]);
  }
  const cap = capInForce(state, approval);
  if (body.decision !== "approve" || (body.raiseTo !== undefined && body.raiseTo > cap))
    return null;
  return reject("STALE_CONTENT", "an approving vote on a budget signs the amount to raise it to", [
    `give an amount above ${cap}`,
  ]);
};

/** Who may vote and how, looked at in this order; the first reason is the answer. */
const voterRefusal = (draft: Draft, approval: ApprovalState, body: Vote): Rejection | null => {
  const state = draft.state();
  const { actor, nowMs } = draft.command;
  const person = actor.person ?? "";
  const voter = voterFor(state, person, body.onBehalfOf, nowMs);
  const may = eligible(approval.policy, approval.level, draft.context.people);
  if (voter === null || !may.includes(voter)) {
    return reject("NOT_AN_APPROVER", `${person || "an unknown person"} may not decide this`, [
      `ask ${may.join(", ") || "the owner"}`,
    ]);
  }
  // A delegate counts as the person, so that nobody votes on a run of his own through another.
  const self = [voter, person].some((id) => state.involved.includes(id));
  if (self && !approval.policy.selfApproval) {
    return reject("SELF_APPROVAL", "who started or changed the run does not decide on it", [
      `ask ${may.filter((id) => !state.involved.includes(id)).join(", ") || "the owner"}`,
    ]);
  }
  if (body.decision === "approve" && approval.belowLevel.length > 0 && !approval.waived) {
    return reject(
      "BELOW_LEVEL",
      `below the policy's verification level: ${approval.belowLevel.join(", ")}`,
      ["the owner may waive it with a reason", "request_changes"],
    );
  }
  return null;
};

/** The reasons to refuse a vote, in the order in which they are looked at; the first one is the answer. */
const refusal = (draft: Draft, approval: ApprovalState, body: Vote): Rejection | null => {
  if (draft.command.actor.model)
    return reject("MODEL_MAY_NOT_VOTE", "a language model never decides an approval", [
      "ask a person",
    ]);
  if (!formAllowed(approval, body))
    return reject("FORM_NOT_ALLOWED", "policy or risk does not allow an assistant's form here", [
      "vote in Slack or in the terminal",
    ]);
  if (!takesVotes(approval))
    return reject("CLOSED", `this approval is ${approval.status} (${decidedBy(approval)})`, [
      "approvals_list",
    ]);
  return signsWrong(draft.state(), approval, body) ?? voterRefusal(draft, approval, body);
};

/** Asked-for changes go to the owners of the files, without a comment to the first step; an earlier phase is reopened. */
const sendToOwners = (draft: Draft, approval: ApprovalState, ids: readonly string[]): void => {
  const phase = approval.phase ?? 1;
  const asked = ids.map((id) => draft.state().comments[id]?.step ?? null);
  const first = stepsOf(draft.state(), phase)[0]?.step.key;
  const owners = asked.some((key) => key !== null) ? asked : [first];
  for (const key of draft.state().order.filter((one) => owners.includes(one))) {
    const step = draft.state().steps[key];
    if (!step) continue;
    if (step.step.phase === phase && needsMet(draft.state(), step)) {
      readyStep(draft, key, { revise: true });
    } else staleStep(draft, key, { because: "comments", was: step.manifestHash ?? "", now: "" });
  }
};

const approve = (draft: Draft, approval: ApprovalState): void => {
  const { approvalId, ask, manifestHash, phase } = approval;
  draft.emit({ type: "ApprovalApproved", approvalId });
  if (approval.kind === "handoff" && phase !== null && manifestHash !== null) {
    completePhase(draft, phase, { approvalId, manifestHash });
  }
  const to = agreedAmount(approval, draft.context);
  if (ask?.kind !== "budget" || to === null) return;
  draft.emit({ type: "BudgetRaised", scope: ask.scope, to, approvalId });
  const paused = draft.state().pauses.includes("budget");
  if (paused && openBudgets(draft.state()).length === 0)
    draft.emit({ type: "RunResumed", reason: "budget" });
};

const requestChanges = (draft: Draft, approval: ApprovalState): void => {
  const { approvalId } = approval;
  const asking = countable(approval, draft.context).filter(
    (vote) => vote.decision === "request_changes",
  );
  const comments = [
    ...new Set(asking.flatMap((vote) => vote.comments.map((comment) => comment.id))),
  ];
  draft.emit({ type: "ApprovalChangesRequested", approvalId, comments });
  if (approval.kind === "handoff") sendToOwners(draft, approval, comments);
};

const applyOutcome = (draft: Draft, approvalId: string): void => {
  const approval = draft.state().approvals[approvalId];
  if (!approval) return;
  const outcome = outcomeOf(approval, draft.context);
  if (outcome === "approved") approve(draft, approval);
  else if (outcome === "changes_requested") requestChanges(draft, approval);
  else if (outcome === "rejected") draft.emit({ type: "ApprovalRejected", approvalId });
};

/** Records a person's vote and what it decides. A vote that does not count (not proved well enough) is recorded all the same. */
export const castVote = (draft: Draft, body: Vote): Rejection | null => {
  const approval = draft.state().approvals[body.approvalId];
  if (!approval)
    return reject("UNKNOWN", `no approval ${body.approvalId} in this run`, ["approvals_list"]);
  const no = refusal(draft, approval, body);
  if (no) return no;
  const { approvalId, attested, comments, decision, manifestHash, onBehalfOf, raiseTo } = body;
  draft.emit({
    type: "VoteCast",
    approvalId,
    person: draft.command.actor.person ?? "",
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    decision,
    ...(manifestHash === undefined ? {} : { manifestHash }),
    ...(raiseTo === undefined ? {} : { raiseTo }),
    comments,
    via: draft.command.actor.via,
    attested,
  });
  applyOutcome(draft, approvalId);
  settle(draft);
  return null;
};

/** Lets another person vote for this one in this run until a time in the future. */
export const delegateVotes = (draft: Draft, body: BodyOf<"DelegateVotes">): Rejection | null => {
  const { actor, nowMs } = draft.command;
  if (actor.person === null || actor.model)
    return reject("PEOPLE_ONLY", "only a person delegates a vote");
  const known = draft.context.people.some((person) => person.id === body.to);
  if (!known || body.to === actor.person)
    return reject(
      "UNKNOWN",
      `${body.to} is no other person here`,
      draft.context.people.map((person) => person.id).filter((id) => id !== actor.person),
    );
  if (body.untilMs <= nowMs) return reject("NOT_READY", "a delegation ends in the future");
  draft.emit({ type: "VotesDelegated", person: actor.person, to: body.to, untilMs: body.untilMs });
  return null;
};

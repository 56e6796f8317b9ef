import type { BodyOf } from "../command.ts";
import type { Rejection } from "../context.ts";
import { type Draft, reject } from "../draft.ts";
import { settle, voidFrom } from "../flow.ts";
import { openHandoff, policyOf, UNREACHABLE } from "../handoff.ts";
import { isSettled, takesVotes } from "../holds.ts";
import { lowestOf, phaseLevels } from "../levels.ts";
import { remindersBy } from "../reminders.ts";
import type { ApprovalState } from "../state.ts";
import { quorumReachable, riskOf } from "../voting.ts";

const ownerOnly = (draft: Draft, approval: ApprovalState): Rejection | null =>
  draft.command.actor.model || draft.command.actor.person !== approval.policy.owner
    ? reject("OWNER_ONLY", "only the owner may do this", [
        `ask ${approval.policy.owner || "whoever claims this home"}`,
      ])
    : null;

/** The owner gives more time; an expired approval takes votes again, and a run that only waited for it goes on. */
export const extendApproval = (draft: Draft, body: BodyOf<"ExtendApproval">): Rejection | null => {
  const { approvalId, deadlineMs } = body;
  const approval = draft.state().approvals[approvalId];
  if (!approval) return reject("UNKNOWN", `no approval ${approvalId} in this run`);
  if (isSettled(approval)) return reject("CLOSED", `this approval is ${approval.status}`);
  const no = ownerOnly(draft, approval);
  if (no) return no;
  if (deadlineMs <= draft.command.nowMs)
    return reject("NOT_READY", "a deadline lies in the future");
  draft.emit({ type: "ApprovalExtended", approvalId, deadlineMs });
  settle(draft);
  return null;
};

/** The owner lets work below the policy's verification level be approved, with a reason that stands in the audit log. */
export const waiveLevel = (draft: Draft, body: BodyOf<"WaiveLevel">): Rejection | null => {
  const { approvalId, reason } = body;
  const approval = draft.state().approvals[approvalId];
  if (!approval) return reject("UNKNOWN", `no approval ${approvalId} in this run`);
  if (!takesVotes(approval)) return reject("CLOSED", `this approval is ${approval.status}`);
  const no = ownerOnly(draft, approval);
  if (no) return no;
  if (approval.belowLevel.length === 0 || approval.waived || approval.phase === null)
    return reject("NOT_READY", "no level is below the policy's");
  const lowest = lowestOf(phaseLevels(draft.state(), approval.phase));
  draft.emit({ type: "LevelWaived", approvalId, lowest, reason, by: approval.policy.owner });
  return null;
};

/** Asks people about one promotion, rollback or retraining of what a completed run made; signs its evidence. */
export const requestRelease = (draft: Draft, body: BodyOf<"RequestRelease">): Rejection | null => {
  if (draft.state().status !== "completed")
    return reject("NOT_READY", "only a completed run has something to release");
  const policy = policyOf(draft, `release.${body.action}`);
  if (!quorumReachable(policy, draft.state().involved, draft.context))
    return reject(UNREACHABLE, `the release policy asks for more votes than people may give`, [
      "add people",
      "lower the quorum",
    ]);
  draft.emit({
    type: "ApprovalOpened",
    approvalId: draft.nextId(),
    revision: 1,
    kind: "release",
    manifestHash: body.manifestHash,
    ask: { kind: "release", action: body.action, ref: body.ref },
    risk: riskOf(policy, "release", null),
    lowest: "executed",
    belowLevel: [],
    policy,
    level: 0,
    deadlineMs: draft.command.nowMs + policy.deadlineMs,
  });
  return null;
};

const remind = (draft: Draft, approval: ApprovalState): Rejection | null => {
  const n = remindersBy(approval, draft.command.nowMs);
  if (n <= approval.reminded) return reject("NOT_READY", "no reminder is due");
  draft.emit({ type: "ApprovalReminded", approvalId: approval.approvalId, n });
  return null;
};

const expire = (draft: Draft, approval: ApprovalState): Rejection | null => {
  const { nowMs } = draft.command;
  const { approvalId, level, policy } = approval;
  if (approval.deadlineMs > nowMs) return reject("NOT_READY", "the deadline has not passed");
  draft.emit({ type: "ApprovalExpired", approvalId });
  const people = policy.escalateTo[level];
  if (people !== undefined) {
    const deadlineMs = nowMs + policy.deadlineMs;
    draft.emit({ type: "ApprovalEscalated", approvalId, level: level + 1, people, deadlineMs });
  }
  settle(draft);
  return null;
};

/** Reminders and deadlines. Time never approves: the last level holds and the run waits for the owner. */
export const tickApproval = (draft: Draft, body: BodyOf<"TickApproval">): Rejection | null => {
  const approval = draft.state().approvals[body.approvalId];
  if (!approval) return reject("UNKNOWN", `no approval ${body.approvalId} in this run`);
  if (!takesVotes(approval) || approval.level !== body.level)
    return reject("CLOSED", "nothing is due for this approval at this level");
  return body.what === "remind" ? remind(draft, approval) : expire(draft, approval);
};

/** Other bytes than the ones that wait for approval void it, and the new ones are asked about. */
export const observeManifest = (
  draft: Draft,
  body: BodyOf<"ObserveManifest">,
): Rejection | null => {
  const { manifestHash, status, approvalId } = draft.state().phases[body.phase];
  const approval = draft.state().approvals[approvalId ?? ""];
  if (status !== "awaiting_approval" || !approval || isSettled(approval))
    return reject("NOT_READY", `no handoff of phase ${body.phase} waits for approval`);
  if (manifestHash === body.manifestHash)
    return reject("NOT_READY", "nothing changed that waits for approval");
  voidFrom(draft, body.phase, "bytes changed after the handoff was opened");
  openHandoff(draft, body.phase, body.manifestHash);
  settle(draft);
  return null;
};

const isPart = (draft: Draft, of: string): boolean =>
  of in draft.state().steps || /^phase\.[1-4]$/.test(of);

/** Notes the commit of an accepted step or the tag of an approved phase, once. */
export const recordRepo = (draft: Draft, body: BodyOf<"RecordRepo">): Rejection | null => {
  const { manifestHash, of, oid } = body;
  if (!isPart(draft, of)) return reject("UNKNOWN", `no step or phase ${of} in this run`);
  if (`${of}/${manifestHash}` in draft.state().repo) return reject("CLOSED", "recorded already");
  draft.emit({ type: "RepoRecorded", of, manifestHash, oid });
  return null;
};

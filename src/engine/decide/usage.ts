import type { BodyOf } from "../command.ts";
import type { Rejection } from "../context.ts";
import { type Draft, reject } from "../draft.ts";
import { policyOf } from "../handoff.ts";
import { openBudgets } from "../holds.ts";
import { riskOf } from "../voting.ts";
import { isAttempt, liveAttempt } from "./attempt.ts";

/** The money is gone either way, so an old fence does not matter. A call settles once; a later settlement may correct it. */
export const settleUsage = (draft: Draft, body: BodyOf<"SettleUsage">): Rejection | null => {
  const { attempts, settled } = draft.state();
  const { attemptId, call, corrects } = body;
  if (!(attemptId in attempts)) return reject("UNKNOWN", `no attempt ${attemptId} in this run`);
  if (`${attemptId}/${call}` in settled && corrects !== call)
    return reject("CLOSED", `call ${call} is settled already`, ["name the call it corrects"]);
  if (corrects !== undefined && !(`${attemptId}/${corrects}` in settled))
    return reject("UNKNOWN", `call ${corrects} is not settled, so nothing corrects it`);
  const { type: _type, corrects: _corrects, ...usage } = body;
  draft.emit({ type: "UsageSettled", ...usage, ...(corrects === undefined ? {} : { corrects }) });
  return null;
};

/** A reservation was refused: the attempt ends, the run pauses and people are asked, once per scope, to raise the budget. */
export const exhaustBudget = (draft: Draft, body: BodyOf<"ExhaustBudget">): Rejection | null => {
  const attempt = liveAttempt(draft.state(), body.attemptId, body.fence);
  if (!isAttempt(attempt)) return attempt;
  const { approvalId, attemptId, have, need, scope } = body;
  if (approvalId in draft.state().approvals)
    return reject("CLOSED", `approval ${approvalId} is there already`);
  draft.emit({ type: "AttemptOverBudget", attemptId, scope, need, have });
  const asked = openBudgets(draft.state()).find(
    ({ ask }) => ask?.kind === "budget" && ask.scope === scope,
  );
  if (!draft.state().pauses.includes("budget"))
    draft.emit({ type: "RunPaused", reason: "budget", ref: asked?.approvalId ?? approvalId });
  if (asked) return null;
  const policy = policyOf(draft, "budget");
  draft.emit({
    type: "ApprovalOpened",
    approvalId,
    revision: 1,
    kind: "budget",
    ask: { kind: "budget", scope, need, have },
    risk: riskOf(policy, "budget", null),
    lowest: "executed",
    belowLevel: [],
    policy,
    level: 0,
    deadlineMs: draft.command.nowMs + policy.deadlineMs,
  });
  return null;
};

import type { RefineEnd } from "../../agents/answer.ts";
import { BudgetScope, type CommandBody } from "../../engine/command.ts";
import type { WorkTools } from "../work/performer.ts";
import { workerActor } from "../worker-actor.ts";

interface Working {
  readonly runId: string;
  readonly step: string;
  readonly attemptId: string;
  readonly fence: number;
}

const bodyOf = async (
  tools: WorkTools,
  { attemptId, fence, runId }: Working,
  end: RefineEnd,
): Promise<CommandBody | null> => {
  const attempt = { attemptId, fence };
  switch (end.kind) {
    case "person":
    case "config":
    case "bug":
      return { type: "FailAttempt", ...attempt, class: end.kind, code: end.code };
    case "later":
      return {
        type: "FailAttempt",
        ...attempt,
        class: "transient",
        code: end.code,
        retryAtMs: end.retryAtMs,
      };
    case "budget":
      return {
        type: "ExhaustBudget",
        ...attempt,
        approvalId: tools.newId(),
        scope: BudgetScope.parse(end.scope),
        need: end.need,
        have: end.have,
      };
    case "stopped":
      // A paused run's attempt gives way at the turn and goes on from there; every other stop has ended the attempt already.
      return (await tools.store.runs.state(runId)).status === "paused"
        ? { type: "ExpireAttempt", ...attempt }
        : null;
    default:
      return end satisfies never;
  }
};

/** Ends an attempt that came to no submission, as the class of its end asks. What was recorded stays for the attempt that continues it. */
export const endAttempt = async (
  tools: WorkTools,
  working: Working,
  end: RefineEnd,
  signal: AbortSignal,
): Promise<void> => {
  if (signal.aborted) return;
  const body = await bodyOf(tools, working, end);
  tools.log.info("an attempt ended without a submission", { ...working, ...end });
  if (body === null) return;
  const { attemptId, fence, runId } = working;
  await tools.dispatch({
    key: `end/${attemptId}/${fence}`,
    runId,
    actor: workerActor(tools.worker),
    body,
  });
};

import { workerActor } from "../worker-actor.ts";
import type { PerformWork } from "./performer.ts";

/** Reminds of an approval, or lets its level expire. Time never approves. */
export const performTick: PerformWork<"tick"> = async (tools, state, due) => {
  const { approvalId, level, what } = due;
  await tools.dispatch({
    key: due.key,
    runId: state.runId,
    actor: workerActor(tools.worker),
    body: { type: "TickApproval", approvalId, level, what },
  });
};

import { workerActor } from "../worker-actor.ts";
import type { PerformWork } from "./performer.ts";

/** Fences an attempt whose lease ran out or whose owner is dead, so that another can take the step. */
export const performExpire: PerformWork<"expire"> = async (tools, state, due) => {
  // A heartbeat may have come since the worker looked.
  const attempt = await tools.store.attempts.get(due.attemptId);
  if (attempt !== null && attempt.leaseUntilMs > tools.clock.nowMs()) return;
  await tools.dispatch({
    key: due.key,
    runId: state.runId,
    actor: workerActor(tools.worker),
    body: { type: "ExpireAttempt", attemptId: due.attemptId, fence: due.fence },
  });
};

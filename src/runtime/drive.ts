import type { RunState } from "../engine/state.ts";
import type { Store } from "../store/port.ts";
import type { RunFeed } from "./feed.ts";

/** Where a run stands still for a person, or for good. */
export type Standstill =
  | { readonly kind: "handoff"; readonly approvalId: string }
  | { readonly kind: "over"; readonly status: "completed" | "failed" | "cancelled" }
  | { readonly kind: "paused"; readonly why: string }
  | { readonly kind: "blocked"; readonly step: string; readonly code: string };

const openApproval = (state: RunState) =>
  Object.values(state.approvals).find(
    (approval) => approval.status === "open" || approval.status === "escalated",
  );

// Only the first phase that is not done moves; steps of later ones may be ready and wait for it.
const isWorking = (state: RunState): boolean => {
  const phase = ([1, 2, 3, 4] as const).find((one) => state.phases[one].status !== "done");
  return Object.values(state.steps).some(
    (step) =>
      step.step.phase === phase && ["ready", "working", "checking", "stale"].includes(step.status),
  );
};

// A run is over for the person who waits once the repository holds what was approved.
const isRecorded = (state: RunState): boolean => {
  const phases = Object.values(state.phases).filter((phase) => phase.status === "done");
  return phases.every((phase) => `phase.${phase.phase}/${phase.manifestHash}` in state.repo);
};

/** Null while something moves by itself. */
export const standstillOf = (state: RunState): Standstill | null => {
  const open = openApproval(state);
  if (state.status === "failed" || state.status === "cancelled") {
    return { kind: "over", status: state.status };
  }
  if (state.status === "completed") {
    return isRecorded(state) ? { kind: "over", status: "completed" } : null;
  }
  if (open && !isWorking(state)) return { kind: "handoff", approvalId: open.approvalId };
  const blocked = Object.values(state.steps).find((step) => step.blockedOn?.on === "person");
  if (blocked && !isWorking(state)) {
    return { kind: "blocked", step: blocked.step.key, code: blocked.blockedOn?.code ?? "" };
  }
  if (state.status === "paused") return { kind: "paused", why: state.pauses.join(", ") };
  return null;
};

/** Resolves when the run stands still, or with "paused" when the caller stops waiting. Others do the work. */
export const waitForStandstill = async (
  deps: { readonly store: Pick<Store, "runs">; readonly feed: RunFeed },
  runId: string,
  signal: AbortSignal,
): Promise<Standstill> => {
  for (;;) {
    const state = await deps.store.runs.state(runId);
    const still = standstillOf(state);
    if (still) return still;
    if (signal.aborted)
      return { kind: "paused", why: "you stopped waiting; the run goes on where a worker runs" };
    await deps.feed.waitFor(runId, state.seq, 1_000, signal);
  }
};

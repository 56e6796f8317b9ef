import type { Work } from "./context.ts";
import { takesVotes } from "./holds.ts";
import { currentPhase, stepsOf } from "./phases.ts";
import { remindersBy } from "./reminders.ts";
import { needsMet } from "./staleness.ts";
import type { ApprovalState, RunState, StepState } from "./state.ts";

const liveCount = (state: RunState): number =>
  Object.values(state.steps).filter((step) => step.liveAttemptId !== null).length;

const claims = (state: RunState, limit: number): readonly Work[] => {
  const phase = currentPhase(state);
  if (state.status !== "running" || phase === null) return [];
  const free = Math.max(0, limit - liveCount(state));
  const ready = stepsOf(state, phase).filter(
    (step) =>
      step.liveAttemptId === null &&
      (step.status === "ready" || step.status === "working") &&
      needsMet(state, step),
  );
  return ready.slice(0, free).map((step) => ({
    type: "claim",
    key: `step/${state.runId}/${step.step.key}/${step.gen}/${step.attempts + 1}`,
    step: step.step.key,
    notBeforeMs: step.retryAtMs,
  }));
};

const checks = (state: RunState): readonly Work[] =>
  Object.values(state.steps).flatMap((step): Work[] => {
    const attempt = state.attempts[step.lastAttemptId ?? ""];
    if (step.status !== "checking" || !attempt?.manifestHash || state.status !== "running")
      return [];
    const key = `check/${attempt.attemptId}/${attempt.manifestHash}`;
    return [
      { type: "check", key, step: step.step.key, attemptId: attempt.attemptId, notBeforeMs: 0 },
    ];
  });

const expiries = (
  state: RunState,
  nowMs: number,
  leases: Readonly<Record<string, number>>,
): readonly Work[] =>
  Object.values(state.attempts).flatMap((attempt): Work[] => {
    const { attemptId, fence } = attempt;
    const until = Math.max(attempt.leaseUntilMs, leases[attemptId] ?? 0);
    if (attempt.status !== "claimed" || until >= nowMs) return [];
    const key = `expire/${attemptId}/${fence}`;
    return [{ type: "expire", key, attemptId, fence, notBeforeMs: 0 }];
  });

// The number of the reminder, or the deadline that passed: an extended approval may expire again at the same level.
const tick = (approval: ApprovalState, what: "remind" | "expire", n: number): Work => ({
  type: "tick",
  key: `tick/${approval.approvalId}/${approval.level}/${what}-${n}`,
  approvalId: approval.approvalId,
  level: approval.level,
  what,
  notBeforeMs: 0,
});

const ticks = (state: RunState, nowMs: number): readonly Work[] =>
  Object.values(state.approvals)
    .filter(takesVotes)
    .flatMap((approval) => {
      if (approval.deadlineMs <= nowMs) return [tick(approval, "expire", approval.deadlineMs)];
      const n = remindersBy(approval, nowMs);
      return n > approval.reminded ? [tick(approval, "remind", n)] : [];
    });

const observations = (state: RunState): readonly Work[] =>
  ([1, 2, 3, 4] as const).flatMap((phase): Work[] => {
    const { manifestHash, status } = state.phases[phase];
    return status === "awaiting_approval"
      ? [{ type: "observe", key: `observe/${phase}/${manifestHash}`, phase, notBeforeMs: 0 }]
      : [];
  });

const unrecorded = (state: RunState, step: StepState): Work | null => {
  const { acceptedHash } = step;
  const { key } = step.step;
  if (step.status !== "accepted" || acceptedHash === null || `${key}/${acceptedHash}` in state.repo)
    return null;
  return {
    type: "repo",
    key: `repo/${state.runId}/${key}/${acceptedHash}`,
    of: key,
    manifestHash: acceptedHash,
    notBeforeMs: 0,
  };
};

// Commits follow one another on one branch, and a tag needs them all: one record at a time, in the order of the playbook.
const records = (state: RunState): readonly Work[] => {
  for (const phase of [1, 2, 3, 4] as const) {
    const { manifestHash, status } = state.phases[phase];
    if (status !== "done") continue;
    const step = stepsOf(state, phase)
      .map((one) => unrecorded(state, one))
      .find((work) => work !== null);
    if (step) return [step];
    const of = `phase.${phase}`;
    if (manifestHash !== null && !(`${of}/${manifestHash}` in state.repo)) {
      return [
        {
          type: "repo",
          key: `repo/${state.runId}/${of}/${manifestHash}`,
          of,
          manifestHash,
          notBeforeMs: 0,
        },
      ];
    }
  }
  return [];
};

/**
 * `maxParallelSteps` bounds the attempts alive at one time. `leases`: epoch milliseconds until which heartbeats have extended the
 * lease of an attempt, by attempt id; heartbeats are no events, so without them an attempt expires with the lease of its claim.
 */
export interface DueLimits {
  readonly maxParallelSteps: number;
  readonly leases?: Readonly<Record<string, number>>;
}

/**
 * What is to be done for a run now, derived from its state alone, so that a crash loses nothing. A run that is over only has its
 * approved work recorded and its releases watched.
 */
export const due = (state: RunState, nowMs: number, limits: DueLimits): readonly Work[] => {
  if (["none", "failed", "cancelled"].includes(state.status)) return [];
  if (state.status === "completed") return [...ticks(state, nowMs), ...records(state)];
  return [
    ...expiries(state, nowMs, limits.leases ?? {}),
    ...claims(state, limits.maxParallelSteps),
    ...checks(state),
    ...ticks(state, nowMs),
    ...observations(state),
    ...records(state),
  ];
};

import type { PlaybookStep } from "./command.ts";
import type { PhaseState, RunState, StepState } from "./state.ts";

const CAP = { microUsd: null, tokens: null, ms: null };

const pending = (phase: 1 | 2 | 3 | 4): PhaseState => ({
  phase,
  status: "pending",
  manifestHash: null,
  approvalId: null,
  revisions: 0,
});

/** The state of a run before its first event. */
export const emptyRun = (runId: string): RunState => ({
  runId,
  seq: 0,
  status: "none",
  pauses: [],
  blockedBy: null,
  pipelineId: "",
  specHash: "",
  policyVersion: "",
  budget: { run: CAP, phase: CAP },
  startedBy: null,
  involved: [],
  retrain: null,
  fork: null,
  phases: { 1: pending(1), 2: pending(2), 3: pending(3), 4: pending(4) },
  steps: {},
  order: [],
  attempts: {},
  approvals: {},
  comments: {},
  delegations: [],
  spent: { microUsd: 0, tokens: 0 },
  settled: {},
  repo: {},
  failure: null,
});

/** A step that nobody has worked on: blocked until its needs are met. */
export const emptyStep = (step: PlaybookStep): StepState => ({
  step,
  status: "blocked",
  blockedOn: { on: "upstream", code: "NEEDS", ref: "" },
  gen: 0,
  kind: "fresh",
  inputHash: null,
  baseHash: null,
  consumed: {},
  attempts: 0,
  repairRound: 0,
  crashes: 0,
  upstreamRounds: 0,
  liveAttemptId: null,
  lastAttemptId: null,
  fence: 0,
  retryAtMs: 0,
  manifestHash: null,
  acceptedHash: null,
  acceptedApprovalId: null,
  counts: null,
  levels: {},
  repairDue: false,
  staleFrom: null,
  useDraft: false,
  openComments: [],
  resolutions: [],
});

import { join } from "node:path";
import type { Actor } from "../../src/engine/command.ts";
import type { RunEvent } from "../../src/engine/event.ts";
import type { ResolvedPolicy } from "../../src/engine/policy.ts";
import { manifestHash, sha256 } from "../../src/lib/hash.ts";
import { createNewId } from "../../src/lib/id.ts";
import type { CommitOutcome, Loaded, Plan, Store, Writes } from "../../src/store/port.ts";
import type { Json } from "../../src/store/rows.ts";

export const MIGRATIONS = join(process.cwd(), "migrations");

/** A moment all store tests count from, epoch milliseconds. */
export const T0 = 1_700_000_000_000;
export const newId = createNewId(() => T0);
export const HASH = sha256("something");
export const PIPELINE = { id: "p1", name: "birdstrikes", spec: { goal: "predict", share: 0.25 } };

export const ANA: Actor = { person: "ana", via: "slack", ref: "C1/1.0", model: false };

const NO_CAP = { microUsd: null, tokens: null, ms: null };
const POLICY: ResolvedPolicy = {
  version: "1",
  owner: "ana",
  roles: [],
  people: ["ana", "bo"],
  quorum: 2,
  distinctRoles: false,
  selfApproval: false,
  assistantForms: false,
  minLevel: { else: "parsed" },
  deadlineMs: 3_600_000,
  reminders: [],
  escalateTo: [],
  unattested: "deny",
  environment: null,
  risk: null,
};

export const started = (startedBy = "ana"): readonly RunEvent[] => [
  {
    type: "RunStarted",
    pipelineId: PIPELINE.id,
    specHash: HASH,
    playbook: [
      { key: "data-engineer", phase: 1, needs: [], deliverables: ["contract"], files: ["conf/**"] },
      {
        key: "data-scientist",
        phase: 1,
        needs: ["data-engineer"],
        deliverables: ["experiment"],
        files: ["src/**"],
      },
    ],
    policyVersion: "1",
    budget: { run: NO_CAP, phase: NO_CAP },
    startedBy,
  },
  { type: "PhaseActivated", phase: 1 },
  {
    type: "StepReadied",
    step: "data-engineer",
    gen: 1,
    kind: "fresh",
    inputHash: HASH,
    base: HASH,
  },
];

export const claimed = (attemptId: string, fence = 1): RunEvent => ({
  type: "AttemptClaimed",
  attemptId,
  step: "data-engineer",
  gen: 1,
  no: fence,
  kind: "fresh",
  fence,
  worker: "w1",
  leaseUntilMs: T0 + 30_000,
});

export const settled = (attemptId: string, call: string, corrects?: string): RunEvent => ({
  type: "UsageSettled",
  attemptId,
  call,
  model: "claude",
  tokens: { input: 10, output: 5, read: 0, write5m: 0, write1h: 0, thinking: 0 },
  microUsd: 1_500,
  priceVersion: "2026-01",
  outcome: "ok",
  ...(corrects === undefined ? {} : { corrects }),
});

export const commented = (text: string): RunEvent => ({
  type: "CommentAdded",
  by: "ana",
  comment: { id: newId(), file: null, line: null, severity: "should", text, from: "person" },
});

export const opened = (approvalId: string, deadlineMs = T0 + 3_600_000): RunEvent => ({
  type: "ApprovalOpened",
  approvalId,
  revision: 1,
  kind: "handoff",
  phase: 1,
  manifestHash: HASH,
  risk: "low",
  lowest: "executed",
  belowLevel: [],
  policy: POLICY,
  level: 0,
  deadlineMs,
});

export const voted = (approvalId: string, person: string): RunEvent => ({
  type: "VoteCast",
  approvalId,
  person,
  decision: "approve",
  manifestHash: HASH,
  comments: [],
  via: "slack",
  attested: "slack",
});

export const FILES = [{ path: "conf/data.yaml", sha256: sha256("rows: 1") }];

export const submitted = (attemptId: string): RunEvent => ({
  type: "AttemptSubmitted",
  attemptId,
  manifestHash: manifestHash(FILES),
  files: 1,
  bytes: 7,
  summaryHash: sha256("summary"),
  resolutions: [],
});

/** A plan that does nothing but what is given. */
export const writes = (given: Partial<Writes>): Writes => ({
  events: [],
  outbox: [],
  answer: null,
  ...given,
});

/** Commits `given` to a run; the key is fresh unless one is given. */
export const commit = (
  store: Store,
  runId: string,
  given: Partial<Writes> | ((loaded: Loaded) => Plan),
  request: {
    readonly key?: string;
    readonly payload?: string;
    readonly nowMs?: number;
    readonly actor?: Actor;
  } = {},
): Promise<CommitOutcome<Json>> =>
  store.commit<Json>(
    {
      runId,
      key: request.key ?? `cli/test/${newId()}`,
      payloadHash: sha256(request.payload ?? "payload"),
      nowMs: request.nowMs ?? T0,
      actor: request.actor ?? ANA,
    },
    typeof given === "function" ? given : () => writes(given),
  );

/** A run with its pipeline, started. */
export const startRun = async (store: Store, runId = newId(), nowMs = T0): Promise<string> => {
  await commit(store, runId, { pipelines: [PIPELINE], events: started() }, { nowMs });
  return runId;
};

/** A run in which every projection has a row: attempts, a comment, calls, an approval with two votes. */
export const busyRun = async (store: Store): Promise<string> => {
  const runId = await startRun(store);
  const [attempt, approval] = [newId(), newId()];
  await commit(store, runId, { events: [claimed(attempt)] }, { nowMs: T0 + 1 });
  await commit(store, runId, { events: [settled(attempt, "1"), settled(attempt, "2", "1")] });
  const manifests = [{ hash: manifestHash(FILES), files: FILES }];
  await commit(store, runId, { manifests, events: [submitted(attempt)] }, { nowMs: T0 + 2 });
  await commit(store, runId, { events: [commented("why so?"), opened(approval)] });
  const votes = [voted(approval, "ana"), voted(approval, "bo")];
  const told = { subject: approval, attested: "slack" as const };
  for (const [at, vote] of votes.entries()) {
    const actor = { ...ANA, person: at === 0 ? "ana" : "bo" };
    const audit = [{ action: "CastVote.approve", ...told }];
    await commit(store, runId, { events: [vote], audit }, { nowMs: T0 + 3, actor });
  }
  return runId;
};

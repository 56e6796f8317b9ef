import type { StepSummary } from "../agents/draft.ts";
import type { Comment } from "../engine/command.ts";
import type { ApprovalState, RunState, StepState } from "../engine/state.ts";
import { endingWarnings } from "../repo/lock.ts";
import { openRepository, type Repository } from "../repo/repository.ts";
import type { Facts } from "../spec/facts.ts";
import { PHASE_TITLES } from "../spec/roles.ts";
import type { RuntimeDeps } from "./deps.ts";
import { type ChecksDocument, readChecks, readFacts, readRunInput, readStep } from "./documents.ts";
import { type ChangedFiles, changedSince, type NextPhase, nextPhase } from "./handoff-changes.ts";
import { buildRepoTree } from "./repo-tree.ts";
import { type TrainingResult, trainingResult } from "./training.ts";

/** What one specialist hands on. */
export interface HandoffStep extends StepSummary {
  readonly files: number;
  readonly checks: {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly later: number;
  };
  readonly findings: ChecksDocument["findings"];
  readonly skipped: readonly { readonly check: string; readonly reason: string }[];
}

/** One deliverable of the phase with its lowest level, and how many files it consists of. */
export interface HandoffDeliverable {
  readonly id: string;
  readonly role: string;
  readonly level: string;
}

/** Everything a person reads before deciding a handoff. Numbers are those that were stored with the evidence. */
export interface Handoff {
  readonly approval: ApprovalState;
  readonly phase: 1 | 2 | 3 | 4;
  readonly title: string;
  readonly training: TrainingResult | null;
  readonly facts: Facts;
  readonly steps: readonly HandoffStep[];
  readonly deliverables: readonly HandoffDeliverable[];
  readonly warnings: readonly string[];
  readonly diff: { readonly files: number; readonly added: number; readonly removed: number };
  readonly microUsd: number;
  /** Against the request before this one; null for a first request. */
  readonly changed: ChangedFiles | null;
  /** What an approval would start; null after the last phase. */
  readonly next: NextPhase | null;
  /** Review comments that bind nobody yet: a person's request for changes may take them up. */
  readonly openComments: readonly Comment[];
  readonly comments: readonly {
    readonly text: string;
    readonly file: string | null;
    readonly status: string;
    readonly how: string;
  }[];
}

const lastChecks = async (deps: RuntimeDeps, runId: string, step: string) => {
  const events = await deps.store.events.since(runId, 0, 10_000);
  const checked = events.findLast(
    (event) => event.body.type === "StepChecked" && event.body.step === step,
  );
  return checked?.body.type === "StepChecked"
    ? readChecks(deps.blobs, checked.body.findingsHash)
    : null;
};

const countStatus = (document: ChecksDocument | null, status: string): number =>
  (document?.results ?? []).filter((result) => result.status === status).length;

const readHandoffStep = async (
  deps: RuntimeDeps,
  state: RunState,
  step: StepState,
): Promise<{ readonly step: HandoffStep; readonly checks: ChecksDocument | null }[]> => {
  const attempt = state.attempts[step.lastAttemptId ?? ""];
  if (!attempt?.summaryHash || !attempt.manifestHash) return [];
  const [{ summary }, manifest, checks] = await Promise.all([
    readStep(deps.blobs, attempt.summaryHash),
    deps.store.manifests.get(attempt.manifestHash),
    lastChecks(deps, state.runId, step.step.key),
  ]);
  const skipped = (checks?.results ?? []).flatMap((result) =>
    result.status === "skipped" ? [{ check: result.check, reason: result.reason ?? "" }] : [],
  );
  return [
    {
      checks,
      step: {
        ...summary,
        files: manifest?.files.length ?? 0,
        checks: {
          passed: countStatus(checks, "passed"),
          failed: countStatus(checks, "failed"),
          skipped: skipped.length,
          later: countStatus(checks, "later"),
        },
        findings: checks?.findings ?? [],
        skipped,
      },
    },
  ];
};

/** Two trees of the pipeline's repository: what was approved before (null: nothing) and what the phase would make of it. */
interface Compared {
  readonly repository: Repository;
  readonly from: string | null;
  readonly to: string;
}

// Compared with what was approved before: the head of the run's branch, which holds accepted steps alone.
const compare = async <T>(
  deps: RuntimeDeps,
  state: RunState,
  phase: number,
  read: (compared: Compared) => Promise<T>,
): Promise<T> => {
  const input = await readRunInput(deps.blobs, state.specHash);
  const run = await deps.store.runs.find(state.runId);
  const number = run !== null && !("candidates" in run) ? run.number : 0;
  const repository = await openRepository(deps.git, deps.home.repo(input.spec.pipeline.name));
  const keys = state.order.filter((key) => (state.steps[key]?.step.phase ?? 9) <= phase);
  const from = await repository.generatedBefore(`run/${number}`);
  const to = await repository.treeOf(await buildRepoTree(deps, state, keys));
  return read({ repository, from, to });
};

/** What a handoff's phase changes, as a unified diff of text; binary files are only named. */
export const readHandoffDiff = (
  deps: RuntimeDeps,
  state: RunState,
  phase: 1 | 2 | 3 | 4,
): Promise<string> =>
  compare(deps, state, phase, ({ from, repository, to }) => repository.diff(from, to));

const commentsOf = (state: RunState, phase: number): Handoff["comments"] =>
  state.order
    .flatMap((key) => state.steps[key] ?? [])
    .filter((step) => step.step.phase === phase)
    .flatMap((step) => step.resolutions)
    .map((resolution) => ({
      text: state.comments[resolution.commentId]?.comment.text ?? "",
      file: state.comments[resolution.commentId]?.comment.file ?? null,
      status: resolution.status,
      how: resolution.how,
    }));

/** Gathers one handoff from the store; null when the approval is not a handoff of this run. */
export const readHandoff = async (
  deps: RuntimeDeps,
  state: RunState,
  approvalId: string,
): Promise<Handoff | null> => {
  const approval = state.approvals[approvalId];
  if (!approval?.phase) return null;
  const phase = approval.phase;
  const input = await readRunInput(deps.blobs, state.specHash);
  const inPhase = state.order
    .flatMap((key) => state.steps[key] ?? [])
    .filter((step) => step.step.phase === phase);
  const read = (
    await Promise.all(inPhase.map((step) => readHandoffStep(deps, state, step)))
  ).flat();
  const evidence = Object.assign({}, ...read.map((item) => item.checks?.evidence ?? {}));
  const levels = Object.assign({}, ...inPhase.map((step) => step.levels)) as Record<string, string>;
  return {
    approval,
    phase,
    title: `Handoff ${phase} of 4: ${PHASE_TITLES[phase]}`,
    training: phase === 2 ? trainingResult(evidence) : null,
    facts: await readFacts(deps.blobs, input.factsHash),
    steps: read.map((item) => item.step),
    deliverables: inPhase.flatMap((step) =>
      step.step.deliverables.map((id) => ({
        id,
        role: step.step.key,
        level: levels[id] ?? "left out",
      })),
    ),
    warnings: endingWarnings(input.spec).map((item) => `${item.system}: ${item.text}`),
    diff: await compare(deps, state, phase, ({ from, repository, to }) =>
      repository.diffStat(from, to),
    ),
    microUsd: state.spent.microUsd,
    changed: await changedSince(deps, state, approval),
    next: await nextPhase(deps, state, phase),
    openComments: Object.values(state.comments)
      .filter(({ status }) => status === "open")
      .map(({ comment }) => comment),
    comments: commentsOf(state, phase),
  };
};

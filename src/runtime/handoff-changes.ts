import type { ApprovalState, RunState } from "../engine/state.ts";
import type { FileHash } from "../lib/hash.ts";
import type { RuntimeDeps } from "./deps.ts";

/** Paths of a phase whose bytes are other than in the request before this one, sorted. */
export interface ChangedFiles {
  readonly revision: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

const MAX_EVENTS = 10_000;

type Files = ReadonlyMap<string, string>;

const filesOf = (manifests: readonly (readonly FileHash[])[]): Files =>
  new Map(manifests.flat().map(({ path, sha256 }) => [path, sha256]));

/** The manifests that the steps of a phase had submitted when an approval was opened. */
const submittedAt = async (
  { store }: Pick<RuntimeDeps, "store">,
  state: RunState,
  approvalId: string,
  phase: number,
): Promise<Files> => {
  const manifests = new Map<string, string>();
  for (const { body } of await store.events.since(state.runId, 0, MAX_EVENTS)) {
    if (body.type === "ApprovalOpened" && body.approvalId === approvalId) break;
    if (body.type === "StepSubmitted" && state.steps[body.step]?.step.phase === phase)
      manifests.set(body.step, body.manifestHash);
  }
  const rows = await Promise.all([...manifests.values()].map((hash) => store.manifests.get(hash)));
  return filesOf(rows.map((row) => row?.files ?? []));
};

/** What changed since the last revision of a handoff; null for the first one. */
export const changedSince = async (
  deps: Pick<RuntimeDeps, "store">,
  state: RunState,
  { approvalId, phase, revision }: ApprovalState,
): Promise<ChangedFiles | null> => {
  const before = Object.values(state.approvals).find(
    (one) => one.kind === "handoff" && one.phase === phase && one.revision === revision - 1,
  );
  if (before === undefined || phase === null) return null;
  const [was, is] = await Promise.all([
    submittedAt(deps, state, before.approvalId, phase),
    submittedAt(deps, state, approvalId, phase),
  ]);
  return {
    revision: before.revision,
    added: [...is.keys()].filter((path) => !was.has(path)).sort(),
    changed: [...is]
      .flatMap(([path, hash]) => (was.has(path) && was.get(path) !== hash ? [path] : []))
      .sort(),
    removed: [...was.keys()].filter((path) => !is.has(path)).sort(),
  };
};

/** What the next phase took in the newest other run of the same pipeline that finished it. */
export interface NextPhase {
  readonly phase: number;
  /** Null: no run of this pipeline has done it yet. */
  readonly before: { readonly run: string; readonly microUsd: number; readonly ms: number } | null;
}

const RECENT = 20;

/** Working time and cost of a phase: from its first claim to the opening of its handoff. Null where it was not done. */
const phaseTook = async (
  { store }: Pick<RuntimeDeps, "store">,
  runId: string,
  phase: number,
): Promise<{ readonly microUsd: number; readonly ms: number } | null> => {
  const state = await store.runs.state(runId);
  const attempts = Object.values(state.attempts).filter(
    (attempt) => state.steps[attempt.step]?.step.phase === phase,
  );
  const ids = new Set(attempts.map(({ attemptId }) => attemptId));
  const opened = Object.values(state.approvals).find(
    (one) => one.kind === "handoff" && one.phase === phase && one.revision === 1,
  );
  const events = await store.events.since(runId, 0, MAX_EVENTS);
  const begun = events.find(
    ({ body }) => body.type === "AttemptClaimed" && ids.has(body.attemptId),
  );
  if (opened === undefined || begun === undefined) return null;
  const spent = Object.entries(state.settled)
    .filter(([call]) => ids.has(call.split("/")[0] ?? ""))
    .reduce((sum, [, one]) => sum + one.microUsd, 0);
  return { microUsd: spent, ms: opened.openedAtMs - begun.at };
};

/** The phase that an approval would start, and what it took last time; null after phase 4. */
export const nextPhase = async (
  deps: Pick<RuntimeDeps, "store">,
  state: RunState,
  phase: number,
): Promise<NextPhase | null> => {
  if (phase >= 4) return null;
  const { items } = await deps.store.runs.search({ pipelineId: state.pipelineId, limit: RECENT });
  for (const { name, runId } of items) {
    if (runId === state.runId) continue;
    const took = await phaseTook(deps, runId, phase + 1);
    if (took) return { phase: phase + 1, before: { run: name, ...took } };
  }
  return { phase: phase + 1, before: null };
};

import type { StepSummary } from "../agents/draft.ts";
import type { RunState } from "../engine/state.ts";
import { assembleFiles } from "../repo/assemble.ts";
import { type LockLevel, renderLock } from "../repo/lock.ts";
import { renderReadme } from "../repo/readme.ts";
import { levelRank } from "../spec/levels.ts";
import type { Part } from "../spec/part.ts";
import type { Role } from "../spec/roles.ts";
import type { RuntimeDeps } from "./deps.ts";
import { readChecks, readFacts, readRunInput, readStep } from "./documents.ts";
import { loadSteps, namesOf } from "./step-inputs.ts";
import { mergeTrees, type Tree } from "./tree.ts";

interface StepRecord {
  readonly role: Role;
  readonly summary: StepSummary;
  readonly parts: readonly Part[];
}

const stepRecord = async (
  deps: RuntimeDeps,
  state: RunState,
  key: string,
): Promise<readonly StepRecord[]> => {
  const attempt = state.attempts[state.steps[key]?.lastAttemptId ?? ""];
  if (!attempt?.summaryHash) return [];
  const document = await readStep(deps.blobs, attempt.summaryHash);
  return [{ role: key as Role, summary: document.summary, parts: document.parts }];
};

/** The strongest level that any step's checks gave each file. */
export const fileLevels = async (
  deps: RuntimeDeps,
  state: RunState,
  keys: readonly string[],
): Promise<ReadonlyMap<string, LockLevel>> => {
  const levels = new Map<string, LockLevel>();
  const events = await deps.store.events.since(state.runId, 0, 10_000);
  for (const key of keys) {
    const checked = events.findLast(
      (event) => event.body.type === "StepChecked" && event.body.step === key,
    );
    if (checked?.body.type !== "StepChecked") continue;
    const document = await readChecks(deps.blobs, checked.body.findingsHash);
    for (const file of document.files) {
      const known = levels.get(file.path);
      if (known && levelRank(known.level) >= levelRank(file.level)) continue;
      const reason = file.reason === undefined ? {} : { reason: file.reason };
      levels.set(file.path, { level: file.level, by: file.by, ...reason });
    }
  }
  return levels;
};

const encode = (files: ReadonlyMap<string, string>): Tree =>
  new Map([...files].map(([path, text]) => [path, Buffer.from(text, "utf8")]));

/**
 * The repository as the steps named leave it: their files, what code assembles from them, and the lock over all of it.
 * `extra` are the files of an attempt that is not submitted yet.
 */
export const buildRepoTree = async (
  deps: RuntimeDeps,
  state: RunState,
  keys: readonly string[],
): Promise<Tree> => {
  const input = await readRunInput(deps.blobs, state.specHash);
  const facts = await readFacts(deps.blobs, input.factsHash);
  const ordered = state.order.filter((key) => keys.includes(key));
  const records = (await Promise.all(ordered.map((key) => stepRecord(deps, state, key)))).flat();
  const names = namesOf(input.spec);
  const assembled = assembleFiles({
    spec: input.spec,
    facts,
    names,
    parts: records.flatMap((record) => record.parts),
    roles: records.map((record) => record.role),
  });
  const readme = renderReadme({
    spec: input.spec,
    facts,
    names,
    summaries: records.map((record) => record.summary),
    parts: records.flatMap((record) => record.parts),
    demo: deps.demo,
  });
  const tree = mergeTrees(
    await loadSteps(deps, state, ordered),
    encode(assembled),
    encode(new Map([["README.md", readme]])),
  );
  const lock = renderLock({
    generator: `mlpipeline ${deps.version}`,
    spec: input.spec,
    leftOut: records.flatMap((record) => record.summary.leftOut),
    files: tree,
    levels: await fileLevels(deps, state, ordered),
  });
  return mergeTrees(tree, encode(new Map([["pipeline.lock.json", lock]])));
};

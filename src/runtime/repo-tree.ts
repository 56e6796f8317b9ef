import type { StepSummary } from "../agents/draft.ts";
import { parseAssembled } from "../checks/parse-assembled.ts";
import type { RunState } from "../engine/state.ts";
import { sha256 } from "../lib/hash.ts";
import { assembleFiles } from "../repo/assemble.ts";
import { type LockLevel, renderLock } from "../repo/lock.ts";
import { renderReadme } from "../repo/readme.ts";
import type { Facts } from "../spec/facts.ts";
import type { Part } from "../spec/part.ts";
import type { Role } from "../spec/roles.ts";
import type { RuntimeDeps } from "./deps.ts";
import {
  type ChecksDocument,
  type RunInput,
  readFacts,
  readRunInput,
  readStep,
} from "./documents.ts";
import { lastChecks, levelsFrom, stronger } from "./file-levels.ts";
import { loadSteps, namesOf } from "./step-inputs.ts";
import { trainingHeadline, trainingResult } from "./training.ts";
import { mergeTrees, type Tree, textsOf } from "./tree.ts";

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

const encode = (files: ReadonlyMap<string, string>): Tree =>
  new Map([...files].map(([path, text]) => [path, Buffer.from(text, "utf8")]));

const assemble = (input: RunInput, facts: Facts, records: readonly StepRecord[]): Tree =>
  encode(
    assembleFiles({
      spec: input.spec,
      facts,
      names: namesOf(input.spec),
      parts: records.flatMap((record) => record.parts),
      roles: records.map((record) => record.role),
    }),
  );

// Reading is done on these very bytes; what ran counts where it ran on them.
const levelsOf = (tree: Tree, documents: readonly ChecksDocument[]) => {
  const levels = new Map<string, LockLevel>(
    levelsFrom(documents, (path) => {
      const bytes = tree.get(path);
      return bytes ? sha256(bytes) : null;
    }),
  );
  for (const [path, read] of parseAssembled(textsOf(tree), new Set(tree.keys())))
    levels.set(path, stronger(levels.get(path), read));
  return levels;
};

const trainingOf = (
  state: RunState,
  documents: readonly ChecksDocument[],
  keys: readonly string[],
) =>
  keys.some((key) => state.steps[key]?.step.phase === 2)
    ? trainingHeadline(
        trainingResult(Object.assign({}, ...documents.map((document) => document.evidence))),
      )
    : null;

/** The repository as the steps named leave it: their files, what code assembles from them, and the lock over all of it. */
export const buildRepoTree = async (
  deps: RuntimeDeps,
  state: RunState,
  keys: readonly string[],
): Promise<Tree> => {
  const input = await readRunInput(deps.blobs, state.specHash);
  const facts = await readFacts(deps.blobs, input.factsHash);
  const ordered = state.order.filter((key) => keys.includes(key));
  const records = (await Promise.all(ordered.map((key) => stepRecord(deps, state, key)))).flat();
  const documents = await lastChecks(deps, state, ordered);
  const made = mergeTrees(await loadSteps(deps, state, ordered), assemble(input, facts, records));
  const levels = levelsOf(made, documents);
  const readme = renderReadme({
    spec: input.spec,
    facts,
    names: namesOf(input.spec),
    summaries: records.map((record) => record.summary),
    parts: records.flatMap((record) => record.parts),
    training: trainingOf(state, documents, ordered),
    levels,
    files: [...made.keys()].sort(),
    demo: deps.demo,
  });
  const tree = mergeTrees(made, encode(new Map([["README.md", readme]])));
  const lock = renderLock({
    generator: `mlpipeline ${deps.version}`,
    spec: input.spec,
    leftOut: records.flatMap((record) => record.summary.leftOut),
    files: tree,
    levels: levelsOf(tree, documents),
  });
  return mergeTrees(tree, encode(new Map([["pipeline.lock.json", lock]])));
};

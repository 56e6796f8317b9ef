import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { CheckReport } from "../../checks/run-checks.ts";
import type { Finding, RepoFiles } from "../../checks/types.ts";
import { snapshotPath } from "../../data/snapshot.ts";
import type { Comment, Levels } from "../../engine/command.ts";
import type { RunState } from "../../engine/state.ts";
import { BugError } from "../../lib/errors.ts";
import { sha256 } from "../../lib/hash.ts";
import { matchesGlob } from "../../spec/glob.ts";
import type { Role } from "../../spec/roles.ts";
import { readFacts, readRunInput, readStep, writeDocument } from "../documents.ts";
import { buildRepoTree } from "../repo-tree.ts";
import { keepTrained } from "../trained.ts";
import { trainingResult } from "../training.ts";
import { type Tree, textsOf, writeTree } from "../tree.ts";
import { type PerformWork, type WorkTools, workerActor } from "./performer.ts";

const repoFiles = (tree: Tree): RepoFiles => {
  const texts = textsOf(tree);
  return {
    list: [...tree.keys()].sort(),
    text: (path) => texts.get(path) ?? null,
    bytes: (path) => tree.get(path) ?? null,
  };
};

/** The step whose contract names the file; the last one wins, as in a manifest. */
const ownerOf = (state: RunState, file: string): string | null =>
  state.order.findLast((key) =>
    state.steps[key]?.step.files.some((pattern) => matchesGlob(pattern, file)),
  ) ?? null;

// A fault in another specialist's file is told to its owner, who answers it like any comment.
const commentsFor = (
  tools: WorkTools,
  state: RunState,
  step: string,
  findings: readonly Finding[],
) =>
  findings.flatMap((finding) => {
    const owner = finding.file === null ? null : ownerOf(state, finding.file);
    if (owner === null || owner === step || finding.severity === "info") return [];
    const comment: Comment = {
      id: tools.newId(),
      file: finding.file,
      line: finding.line,
      severity: finding.severity === "block" ? "must" : "should",
      text: `${finding.rule}: ${finding.message}`.slice(0, 4000),
      from: "check",
    };
    return [{ step: owner, comment }];
  });

/** Lays the tree out in `dir` at the first call. */
const layOut = (dir: string, tree: Tree): (() => Promise<string>) => {
  let laid: Promise<string> | null = null;
  return () => {
    laid ??= writeTree(dir, tree).then(() => dir);
    return laid;
  };
};

const check = async (tools: WorkTools, state: RunState, step: string, signal: AbortSignal) => {
  const attemptId = state.steps[step]?.lastAttemptId ?? "";
  const attempt = state.attempts[attemptId];
  if (!attempt?.manifestHash || !attempt.summaryHash) {
    throw new BugError("NOTHING_TO_CHECK", `step ${step} has no submitted attempt`);
  }
  const submitted = withSubmitted(state, step, attempt.manifestHash);
  const keys = [...(state.steps[step]?.step.needs ?? []), step];
  const tree = await buildRepoTree(tools, submitted, keys);
  const dir = join(tools.home.workspace(state.runId, step, attemptId), "tree");
  const [input, bench, manifest, document] = [
    await readRunInput(tools.blobs, state.specHash),
    await tools.workbench(),
    await tools.store.manifests.get(attempt.manifestHash),
    await readStep(tools.blobs, attempt.summaryHash),
  ];
  const files = repoFiles(tree);
  const facts = await readFacts(tools.blobs, input.factsHash);
  const progress = (text: string) => tools.progress(state.runId, step, text);
  // The checks and their parsers are loaded by the process that works, not by each that only asks.
  const { runChecks } = await import("../../checks/run-checks.ts");
  const report = await runChecks({
    role: step as Role,
    files,
    own: (manifest?.files ?? []).map((file) => file.path).sort(),
    onDisk: layOut(dir, tree),
    facts,
    personalValues: await tools.probes(input, facts),
    spec: input.spec,
    // Found by its hash: a home that was restored elsewhere has other paths than the run was started with.
    snapshot: { path: snapshotPath(tools.home.dir, input.snapshot.sha256) },
    onTrained: (trained) => keepTrained(tools.home.trained(state.runId), trained),
    briefs: tools.prompts.briefs,
    sandbox: bench.sandbox,
    tools: bench.tools,
    python: bench.python,
    venv: (group) =>
      bench.buildVenv({ lock: files.text(`locks/${group}.txt`) ?? "", group, signal, progress }),
    leftOut: document.summary.leftOut,
    progress,
    signal,
    origin: "blueprint",
    consent: tools.config.sandbox.without_isolation,
  });
  return { report, dir, tree, attempt };
};

// Until its checks are green an attempt's manifest is not the step's; the tree must hold it all the same.
const withSubmitted = (state: RunState, step: string, manifestHash: string): RunState => {
  const known = state.steps[step];
  return known
    ? { ...state, steps: { ...state.steps, [step]: { ...known, manifestHash } } }
    : state;
};

// What `min_level` asks of these two is that the model was trained and tested, whatever else they hold.
const TRAINED: Levels = { training: "executed", tests: "executed" };

const levelsOf = (report: CheckReport): Levels => ({
  ...report.levelByDeliverable,
  ...(trainingResult(report.evidence).trained ? TRAINED : {}),
});

const hashed = (tree: Tree, path: string) => {
  const bytes = tree.get(path);
  return bytes ? { sha256: sha256(bytes) } : {};
};

const storeReport = (tools: WorkTools, report: CheckReport, tree: Tree): Promise<string> =>
  writeDocument(tools.blobs, {
    results: report.results.map(({ check: id, status, reason, later }) => ({
      check: id,
      status,
      ...(reason === undefined ? {} : { reason }),
      ...(later === undefined ? {} : { later }),
    })),
    findings: report.findings,
    files: [...report.levelsByFile.values()].map((file) => ({
      ...file,
      ...hashed(tree, file.path),
    })),
    evidence: report.evidence,
  });

/** Runs the step's checks on the repository as it would be, stores what they found, and lets the engine judge. */
export const performCheck: PerformWork<"check"> = async (tools, state, due, signal) => {
  tools.kill("check.started");
  tools.progress(state.runId, due.step, "checking");
  const { attempt, dir, report, tree } = await check(tools, state, due.step, signal);
  const findingsHash = await storeReport(tools, report, tree);
  tools.kill("check.finished");
  await tools.dispatch({
    key: due.key,
    runId: state.runId,
    actor: workerActor(tools.worker),
    body: {
      type: "FinishChecks",
      attemptId: attempt.attemptId,
      fence: attempt.fence,
      green: report.green,
      counts: report.counts,
      levels: levelsOf(report),
      comments: commentsFor(tools, state, due.step, report.findings),
      findingsHash,
    },
  });
  await rm(dir, { recursive: true, force: true });
};

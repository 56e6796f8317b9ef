import { rm } from "node:fs/promises";
import type { CheckReport } from "../../checks/run-checks.ts";
import type { Finding } from "../../checks/types.ts";
import type { Comment, Levels } from "../../engine/command.ts";
import type { RunState } from "../../engine/state.ts";
import { BugError } from "../../lib/errors.ts";
import { sha256 } from "../../lib/hash.ts";
import { matchesGlob } from "../../spec/glob.ts";
import { writeDocument } from "../documents.ts";
import { examineStep } from "../examine-step.ts";
import { trainingResult } from "../training.ts";
import type { Tree } from "../tree.ts";
import { workerActor } from "../worker-actor.ts";
import type { PerformWork, WorkTools } from "./performer.ts";

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
  const attempt = state.attempts[state.steps[due.step]?.lastAttemptId ?? ""];
  const { attemptId = "", manifestHash, summaryHash } = attempt ?? {};
  if (!attempt || !manifestHash || !summaryHash) {
    throw new BugError("NOTHING_TO_CHECK", `step ${due.step} has no submitted attempt`);
  }
  const handed = { attemptId, manifestHash, summaryHash };
  const { dir, report, tree } = await examineStep(tools, state, due.step, handed, "tree", signal);
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

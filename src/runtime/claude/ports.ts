import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptOutput } from "../../agents/specialist.ts";
import type { ChecksPort, MakePort } from "../../agents/tools/tool.ts";
import { snapshotPath } from "../../data/snapshot.ts";
import type { RunState } from "../../engine/state.ts";
import type { RunInput } from "../documents.ts";
import { writeDocument } from "../documents.ts";
import { examineStep, type Handed, treeWith } from "../examine-step.ts";
import { type Tree, textsOf, writeTree } from "../tree.ts";
import type { WorkTools } from "../work/performer.ts";

const MAKE_MS = 15 * 60_000;
const TARGETS = ["demo", "test", "train", "drift", "verify"] as const;
/** Files that a target leaves for whoever ran it. */
const REPORTS = ["reports/junit.xml", "artifacts/metrics.json"];

/** What the ports of one attempt work on. */
export interface PortScope {
  readonly state: RunState;
  readonly step: string;
  readonly attemptId: string;
  readonly input: RunInput;
  /** What stands in for the summary while there is none. */
  readonly draft: Pick<AttemptOutput, "parts" | "summary">;
}

/** Stores the files as they are, so that they can be looked at like those of an attempt that was handed in. */
export const handIn = async (tools: WorkTools, scope: PortScope, files: Tree): Promise<Handed> => {
  const entries = await Promise.all(
    [...files].map(async ([path, bytes]) => ({ path, sha256: await tools.blobs.put(bytes) })),
  );
  const summary = { ...scope.draft.summary, writtenBy: "claude" as const };
  return {
    attemptId: scope.attemptId,
    manifestHash: await tools.store.manifests.put(entries),
    summaryHash: await writeDocument(tools.blobs, { summary, parts: scope.draft.parts }),
  };
};

/** The contract's checks on files that are still worked on. */
export const createChecksPort = (tools: WorkTools, scope: PortScope): ChecksPort => ({
  run: async (files, signal) => {
    const handed = await handIn(tools, scope, files);
    const { state, step } = scope;
    const { dir, report } = await examineStep(tools, state, step, handed, "look", signal);
    await rm(dir, { recursive: true, force: true });
    return {
      green: report.green,
      results: report.results.map(({ check, later, reason, status }) => ({
        check,
        status,
        ...(reason === undefined ? {} : { reason }),
        ...(later === undefined ? {} : { later }),
      })),
      findings: report.findings,
    };
  },
});

const reportsIn = async (dir: string): Promise<ReadonlyMap<string, string>> => {
  const found = await Promise.all(
    REPORTS.map(async (path): Promise<readonly (readonly [string, string])[]> => {
      const text = await readFile(join(dir, path), "utf8").catch(() => null);
      return text === null ? [] : [[path, text]];
    }),
  );
  return new Map(found.flat());
};

type Made = Awaited<ReturnType<MakePort["run"]>>;

const notRun = (why: string): Made => ({ kind: "not_run", why });

const runIn = async (
  tools: WorkTools,
  scope: PortScope,
  tree: Tree,
  dir: string,
  target: string,
  signal: AbortSignal,
): Promise<Made> => {
  const { python, sandbox, buildVenv, tools: programs } = await tools.workbench();
  if (sandbox.probe.kind === "none")
    return notRun("no isolation: code that a model wrote never runs without");
  if (!python.ok) return notRun(python.why);
  const make = await programs.find("make");
  if (make === null) return notRun("make is not installed");
  const progress = (text: string) => tools.progress(scope.state.runId, scope.step, text);
  const lock = textsOf(tree).get("locks/core.txt") ?? "";
  const venv = await buildVenv({ lock, group: "core", signal, progress });
  if (!venv.ok) return notRun(venv.why);
  await writeTree(dir, tree);
  const data = snapshotPath(tools.home.dir, scope.input.snapshot.sha256);
  const ran = await sandbox.run({
    command: make.path,
    args: [target, `PY=${venv.python}`],
    cwd: dir,
    env: { DATA_URI: data },
    readOnly: [python.prefix, venv.dir, ...make.readOnly, data],
    limits: { wallMs: MAKE_MS },
    origin: "model",
    consent: false,
    signal,
  });
  if (ran.status === "refused") return notRun(ran.why);
  return {
    kind: "ran",
    exitCode: ran.exitCode,
    ended: ran.stopped === "time" ? "time" : ran.stopped === null ? "exit" : "killed",
    seconds: Math.round(ran.durationMs / 1000),
    stdout: ran.stdout,
    stderr: ran.stderr,
    reports: await reportsIn(dir),
  };
};

/** Targets of the repository's Makefile, on a copy that is removed afterwards. */
export const createMakePort = (tools: WorkTools, scope: PortScope): MakePort => ({
  targets: TARGETS,
  run: async (target, files, signal) => {
    const handed = await handIn(tools, scope, files);
    const tree = await treeWith(tools, scope.state, scope.step, handed);
    const dir = await mkdtemp(join(tools.home.tmp, "make-"));
    try {
      return await runIn(tools, scope, tree, dir, target, signal);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },
});

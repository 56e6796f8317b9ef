import { z } from "zod";
import { MICRO_PER_USD } from "../lib/money.ts";
import type { RunFacts } from "../runtime/run-facts.ts";
import { trainingHeadline } from "../runtime/training.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import { findRun } from "./lookup.ts";
import type { CatalogDeps, RunLine } from "./ports.ts";

const Side = z.strictObject({
  run: z.string(),
  run_id: z.string(),
  status: z.string(),
  phase: z.int().nullable(),
  started_by: z.string().optional(),
  rows: z.int(),
  trained: z.string(),
  metric: z.string().optional(),
  value: z.number().optional(),
  low: z.number().optional(),
  high: z.number().optional(),
  cost_usd: z.number(),
});

/** Two runs side by side: result, spec and files, as they stand now. Throws RUN_NOT_FOUND. */
export const runsCompare = defineOperation({
  name: "runs_compare",
  title: "Compare two runs",
  description: "Two runs side by side: trained metric, what differs in the spec, files, cost.",
  scope: "pipeline:read",
  toolset: "core",
  annotations: READ,
  input: z.strictObject({ run_a: z.string(), run_b: z.string() }),
  output: z.strictObject({
    a: Side,
    b: Side,
    same_data: z.boolean(),
    /** Which of the two is better by its executed metric; "unclear" while the intervals overlap. */
    better: z.enum(["a", "b", "unclear", "not comparable"]),
    spec: z.array(z.strictObject({ key: z.string(), a: z.string(), b: z.string() })),
    files: z.strictObject({
      only_a: z.int(),
      only_b: z.int(),
      differ: z.int(),
      same: z.int(),
      examples: z.array(z.string()),
    }),
  }),
  untrusted: ["spec", "files.examples"],
});

const MAX_KEYS = 40;
const MAX_EXAMPLES = 10;
const SHORT = 120;

/** Every leaf of a spec by its dotted key, as text. */
const leaves = (value: unknown, key = ""): readonly (readonly [string, string])[] =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, item]) =>
        leaves(item, key === "" ? name : `${key}.${name}`),
      )
    : [[key, (JSON.stringify(value) ?? "").slice(0, SHORT)]];

const specDiff = (a: RunFacts, b: RunFacts) => {
  const [left, right] = [new Map(leaves(a.spec)), new Map(leaves(b.spec))];
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((key) => left.get(key) !== right.get(key))
    .slice(0, MAX_KEYS)
    .map((key) => ({ key, a: left.get(key) ?? "", b: right.get(key) ?? "" }));
};

const metricsOf = ({ training }: RunFacts) => (training?.trained ? training.metrics : null);

/** A difference counts once the 95 % intervals are apart; both must have measured the same metric on the same data. */
const betterOf = (a: RunFacts, b: RunFacts): "a" | "b" | "unclear" | "not comparable" => {
  const [left, right] = [metricsOf(a), metricsOf(b)];
  if (!left || !right || left.metric !== right.metric || a.snapshot !== b.snapshot)
    return "not comparable";
  if (left.low <= right.high && right.low <= left.high) return "unclear";
  return left.value > right.value === left.greater_is_better ? "a" : "b";
};

type Files = readonly { readonly path: string; readonly sha256: string }[];

const fileDiff = (a: Files, b: Files) => {
  const [left, right] = [a, b].map((files) => new Map(files.map((one) => [one.path, one.sha256])));
  const onlyA = a.filter(({ path }) => !right?.has(path));
  const onlyB = b.filter(({ path }) => !left?.has(path));
  const shared = a.filter(({ path }) => right?.has(path));
  const differ = shared.filter(({ path, sha256 }) => right?.get(path) !== sha256);
  return {
    only_a: onlyA.length,
    only_b: onlyB.length,
    differ: differ.length,
    same: shared.length - differ.length,
    examples: [...differ, ...onlyA, ...onlyB].slice(0, MAX_EXAMPLES).map(({ path }) => path),
  };
};

const sideOf = (run: RunLine, read: RunFacts): z.infer<typeof Side> => {
  const metrics = metricsOf(read);
  return {
    run: run.name,
    run_id: run.runId,
    status: run.status,
    phase: run.currentPhase,
    ...(run.startedBy === null ? {} : { started_by: run.startedBy }),
    rows: read.facts.profile.rows,
    trained: read.training === null ? "phase 2 has not begun" : trainingHeadline(read.training),
    ...(metrics === null
      ? {}
      : {
          metric: metrics.metric,
          value: metrics.value,
          low: metrics.low,
          high: metrics.high,
        }),
    cost_usd: run.spentMicroUsd / MICRO_PER_USD,
  };
};

export const createRunsCompare =
  ({
    files,
    runFacts,
    runs,
  }: Pick<CatalogDeps, "files" | "runFacts" | "runs">): Handler<typeof runsCompare> =>
  async ({ run_a, run_b }) => {
    const [a, b] = [await findRun(runs, run_a), await findRun(runs, run_b)];
    const [factsA, factsB] = [await runFacts.read(a.runId), await runFacts.read(b.runId)];
    return {
      a: sideOf(a, factsA),
      b: sideOf(b, factsB),
      same_data: factsA.snapshot === factsB.snapshot,
      better: betterOf(factsA, factsB),
      spec: specDiff(factsA, factsB),
      files: fileDiff(await files.list(a.runId), await files.list(b.runId)),
    };
  };

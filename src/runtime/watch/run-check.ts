import { join } from "node:path";
import { usd } from "../../lib/money.ts";
import { createFolderBlobs } from "../../monitors/blobs.ts";
import { type Monitor, parseMonitor } from "../../monitors/monitor.ts";
import { runMonitor } from "../../monitors/run-monitor.ts";
import type { DataSource } from "../../monitors/source/data-source.ts";
import type { CostSources, MonitorSources } from "../../monitors/sources.ts";
import { readState } from "../../monitors/state.ts";
import type { Json } from "../../store/rows.ts";
import type { MonitorRow } from "../../store/watch-rows.ts";
import type { RuntimeDeps } from "../deps.ts";
import type { Measuring } from "../start-run.ts";
import type { RunCheck } from "./deps.ts";
import {
  createTrainingReference,
  readHoldoutMetric,
  type TrainingReference,
} from "./training-reference.ts";

const sourceOf = (path: string): DataSource =>
  /^postgres(ql)?:\/\//i.test(path)
    ? { kind: "postgres", address: path, password: null }
    : { kind: "files", path };

/** The words of an open Incident that says that the model does worse: with it, drift is harm. */
const harmOf = async (
  { store }: Pick<RuntimeDeps, "store">,
  { model, pipeline }: MonitorRow,
): Promise<string | null> => {
  const open = await store.watch.incidents({ states: ["firing", "acked", "snoozed"], pipeline });
  const worse = open.find((one) => one.cause === "performance" && one.model === model);
  return worse === undefined ? null : "the model's metric is below its band";
};

/** Days of model calls that a cost Monitor sees: forecasts and anomalies go by the last weeks. */
const COST_DAYS = 90;
const MAX_CALLS = 50_000;
const DAY_MS = 86_400_000;

/** Model calls of the ledger, and what the month may cost. */
const costsOf = async (
  { config, store }: CheckDeps,
  pipeline: string,
  nowMs: number,
): Promise<CostSources> => {
  const calls = await store.ledger.calls({ sinceMs: nowMs - COST_DAYS * DAY_MS, limit: MAX_CALLS });
  const { usd: cap } = config.budget.workspace;
  return {
    ledger: calls
      .filter((call) => !call.superseded)
      .map(({ at, microUsd, model, outcome, phase, runId, tokens }) => ({
        atMs: at,
        model,
        microUsd,
        tokens,
        outcome,
        pipeline,
        run: runId,
        phase: phase === null ? null : String(phase),
      })),
    monthBudget: cap === undefined ? null : usd(cap),
  };
};

type CheckDeps = Pick<RuntimeDeps, "store" | "blobs" | "home" | "newId" | "config"> & {
  readonly openData: Measuring["reopen"];
};

const referenceOf = async (
  training: TrainingReference,
  monitor: Monitor,
  pipeline: string,
): Promise<DataSource | null> => {
  if (monitor.kind !== "drift" && monitor.kind !== "quality") return null;
  const { reference } = monitor;
  if (typeof reference === "string") return sourceOf(reference);
  if (reference?.part !== "training" || reference.snapshot === undefined) return null;
  return training.rows(pipeline, reference.snapshot);
};

/** What a performance Monitor is judged by: labels that came later, and the metric of the training. */
const performanceOf = async (
  training: TrainingReference,
  monitor: Monitor,
  pipeline: string,
): Promise<Pick<MonitorSources, "labels" | "metric" | "positive">> => {
  if (monitor.kind !== "performance") return {};
  const { labels, metric, reference } = monitor;
  return {
    labels: labels ? sourceOf(labels.path) : null,
    metric: reference === undefined ? null : await readHoldoutMetric(reference, metric),
    positive: monitor.positive === undefined ? await training.positive(pipeline) : null,
  };
};

/** Checks as `src/monitors` makes them, over the files and tables that a Monitor names. Profiles are kept below `folder`. */
export const createRunCheck = (deps: CheckDeps, folder: string): RunCheck => {
  const blobs = createFolderBlobs(join(folder, "profiles"), deps.newId);
  const training = createTrainingReference(deps);
  return async (row, nowMs) => {
    const monitor = parseMonitor(row.spec, row.id);
    const result = await runMonitor(
      monitor,
      {
        current: sourceOf(monitor.source),
        reference: await referenceOf(training, monitor, row.pipeline),
        ...(await performanceOf(training, monitor, row.pipeline)),
        blobs,
        harm: await harmOf(deps, row),
        ...(monitor.kind === "cost" ? { costs: await costsOf(deps, row.pipeline, nowMs) } : {}),
      },
      row.state === null ? null : readState(row.state),
      nowMs,
    );
    return { ...result, state: result.state as unknown as Json };
  };
};

import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { snapshotPath } from "../../data/snapshot.ts";
import { type TrainingRule, writeTrainingPart } from "../../data/training-part.ts";
import { sha256 } from "../../lib/hash.ts";
import type { DataSource } from "../../monitors/source/data-source.ts";
import type { MonitorSources } from "../../monitors/sources.ts";
import type { Facts } from "../../spec/facts.ts";
import type { RuntimeDeps } from "../deps.ts";
import { type RunInput, readFacts, readRunInput } from "../documents.ts";
import type { Measuring } from "../start-run.ts";

type Positive = NonNullable<MonitorSources["positive"]> | null;

/** What a Monitor of a pipeline built here is compared with. Null: it is not kept, or was never made. */
export interface TrainingReference {
  /** The rows that the pipeline's run on this snapshot learned from. */
  readonly rows: (pipeline: string, snapshot: string) => Promise<DataSource | null>;
  /** Which labels of a binary target are positive. */
  readonly positive: (pipeline: string) => Promise<Positive>;
}

type Deps = Pick<RuntimeDeps, "store" | "blobs" | "home" | "newId"> & {
  readonly openData: Measuring["reopen"];
};

const MOST_RUNS = 200;

/** Where the rows that monitors compare with lie, below a home. */
const referenceFolder = (home: string): string => join(home, "watch", "reference");

interface Made {
  readonly input: RunInput;
  readonly facts: Facts;
}

/** The newest run of a pipeline, on this snapshot where one is named. */
const madeFrom = async (deps: Deps, pipeline: string, snapshot?: string): Promise<Made | null> => {
  const found = await deps.store.pipelines.find(pipeline);
  if (found === null) return null;
  const page = await deps.store.runs.search({ pipelineId: found.id, limit: MOST_RUNS });
  for (const { runId } of page.items) {
    const { specHash } = await deps.store.runs.state(runId);
    const input = await readRunInput(deps.blobs, specHash);
    if (snapshot === undefined || input.snapshot.sha256 === snapshot)
      return { input, facts: await readFacts(deps.blobs, input.factsHash) };
  }
  return null;
};

const ruleOf = ({ facts, input }: Made): TrainingRule => ({
  split: facts.split,
  time: facts.time.field,
  entity: facts.profile.columns
    .filter(({ name }) => facts.keys.entity.includes(name))
    .map(({ field }) => field),
  target: facts.target.field,
  personal: facts.groups.personal.map(({ column }) => column),
  seed: input.spec.pipeline.seed,
  labelDelayDays: facts.target.labelDelayDays,
});

const isKept = ({ home }: Deps, { snapshot }: RunInput): boolean =>
  [snapshot, ...(snapshot.parts ?? [])].every(({ sha256: hash }) =>
    existsSync(snapshotPath(home.dir, hash)),
  );

/** Finds what a run learned from; the rows are written once, from the snapshot that the home keeps. */
export const createTrainingReference = (deps: Deps): TrainingReference => ({
  rows: async (pipeline, snapshot) => {
    const made = await madeFrom(deps, pipeline, snapshot);
    if (made === null || !isKept(deps, made.input)) return null;
    const rule = ruleOf(made);
    const identity = sha256(JSON.stringify([snapshot, rule]));
    const path = join(
      referenceFolder(deps.home.dir),
      `${snapshot}.${identity.slice(0, 12)}.parquet`,
    );
    if (!existsSync(path)) {
      const opened = await deps.openData(made.input);
      try {
        await writeTrainingPart(opened.dataset, rule, path, deps.newId);
      } finally {
        opened.close();
      }
    }
    return { kind: "files", path, sha256: identity };
  },
  positive: async (pipeline) => (await madeFrom(deps, pipeline))?.facts.target.positive ?? null,
});

/** Removes the rows of a snapshot that monitors compared with. */
export const forgetReference = async (home: string, snapshot: string): Promise<void> => {
  const folder = referenceFolder(home);
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (name.startsWith(`${snapshot}.`)) await rm(join(folder, name), { force: true });
};

const Figures = z.looseObject({
  metric: z.string(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
});

/** The metric on the hold-out part, from what a training run wrote; null where there is no such file, or it is of another metric. */
export const readHoldoutMetric = async (
  path: string,
  metric: string,
): Promise<NonNullable<MonitorSources["metric"]> | null> => {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const found = Figures.safeParse(JSON.parse(text));
    if (!found.success || found.data.metric !== metric) return null;
    const { high, low, value } = found.data;
    return { value, low, high };
  } catch {
    return null;
  }
};

import { fileURLToPath } from "node:url";
import { measureFacts } from "../agents/facts/measure.ts";
import { openDataset } from "../data/open.ts";
import { personalValues } from "../data/personal-values.ts";
import { sampleRows, writeSample } from "../data/sample.ts";
import { snapshotPath, takeSnapshot } from "../data/snapshot.ts";
import { UserInputError } from "../lib/errors.ts";
import type { Facts } from "../spec/facts.ts";
import { intake } from "../spec/intake.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { RuntimeDeps } from "./deps.ts";
import type { RunInput } from "./documents.ts";
import { secretKey } from "./secret-key.ts";
import type { Measured, Measuring } from "./start-run.ts";

const pathOf = (uri: string): string => {
  if (uri.startsWith("file://")) return fileURLToPath(uri);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(uri)) {
    throw new UserInputError(
      "DATA_SOURCE_UNSUPPORTED",
      `this release reads files, not ${uri.split("://")[0]} addresses`,
      {
        expected: "a path to a CSV, TSV, JSON, JSON lines or Parquet file",
        got: uri.slice(0, 200),
        next: "download the data and give its path",
      },
    );
  }
  return uri;
};

type Deps = Pick<RuntimeDeps, "config" | "home" | "newId">;

const open = (deps: Deps, spec: PipelineSpec, path: string) =>
  openDataset({
    path,
    format: spec.dataset.format,
    nullTokens: spec.dataset.null_tokens,
    maxBytes: deps.config.data.max_bytes,
    maxColumns: deps.config.data.max_columns,
  });

/** What the repository's own data is, where it is not all of it: nothing measured here was sampled, what trains without the source is. */
const withSample = (facts: Facts): Facts => {
  const { rows } = facts.profile;
  const sampled = sampleRows(rows);
  if (sampled === rows) return facts;
  const said = {
    subject: "sample",
    assumed: `data/sample.parquet holds ${sampled} of ${rows} rows, evenly spread over the file`,
    why: "the repository stays small; every figure here was measured on all rows, and where the source is not at hand training and tests see the sample alone",
    change: "DATA_URI when the pipeline runs: the whole data",
  };
  return { ...facts, assumptions: [...facts.assumptions, said] };
};

const measureFile = async (
  deps: Deps,
  spec: PipelineSpec,
  path: string,
  keep: (path: string) => Promise<Measured["snapshot"]>,
): Promise<Measured> => {
  const dataset = await open(deps, spec, path);
  try {
    // The facts come first: data that cannot be used must leave no snapshot behind.
    const size = { sha256: "", bytes: dataset.bytes };
    const draft = await measureFacts({ dataset, spec, snapshot: size });
    const snapshot = await keep(path);
    const personal = draft.groups.personal.map(({ column }) => column);
    const groups = personal.filter((name) => draft.keys.entity.includes(name));
    const key = groups.length > 0 ? secretKey(deps.home.dir, deps.newId) : "";
    const sample = await writeSample(dataset, personal, { columns: groups, key });
    const facts = withSample({
      ...draft,
      snapshot: { sha256: snapshot.sha256, bytes: snapshot.bytes },
    });
    return { facts, sample, snapshot };
  } finally {
    dataset.close();
  }
};

/** Inputs whose probe values are held in memory at a time. */
const REMEMBERED = 8;

/** Values of a run's personal columns, read from its snapshot once and held in memory alone. */
const createProbes = (deps: Deps): Measuring["probes"] => {
  const known = new Map<string, Promise<readonly string[]>>();
  const look = async (input: RunInput, personal: readonly string[]): Promise<readonly string[]> => {
    const dataset = await open(deps, input.spec, snapshotPath(deps.home.dir, input.snapshot.sha256));
    try {
      return await personalValues(dataset, personal);
    } finally {
      dataset.close();
    }
  };
  return (input, facts) => {
    const personal = facts.groups.personal.map(({ column }) => column);
    if (personal.length === 0) return Promise.resolve([]);
    const key = JSON.stringify([input.snapshot.sha256, personal, input.spec.dataset]);
    const found = known.get(key) ?? look(input, personal);
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, found);
    // A failed look is not remembered: the snapshot may be there again.
    found.catch(() => known.delete(key));
    return found;
  };
};

/** Intake and measuring as the runtime needs them, on real files. */
export const createMeasuring = (deps: Deps): Measuring => ({
  intake,
  measure: (spec) =>
    measureFile(deps, spec, pathOf(spec.dataset.uri), async (path) => {
      const kept = await takeSnapshot(path, deps.home.dir, deps.newId);
      return { sha256: kept.sha256, bytes: kept.bytes, file: kept.path };
    }),
  remeasure: async (input, spec) =>
    measureFile(
      deps,
      spec,
      snapshotPath(deps.home.dir, input.snapshot.sha256),
      async () => input.snapshot,
    ),
  probes: createProbes(deps),
});

import { fileURLToPath } from "node:url";
import { measureFacts } from "../agents/facts/measure.ts";
import { openDataset } from "../data/open.ts";
import { writeSample } from "../data/sample.ts";
import { snapshotPath, takeSnapshot } from "../data/snapshot.ts";
import { UserInputError } from "../lib/errors.ts";
import { intake } from "../spec/intake.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { RuntimeDeps } from "./deps.ts";
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

const measureFile = async (
  deps: Pick<RuntimeDeps, "config">,
  spec: PipelineSpec,
  path: string,
  keep: (path: string) => Promise<Measured["snapshot"]>,
): Promise<Measured> => {
  const dataset = await openDataset({
    path,
    format: spec.dataset.format,
    nullTokens: spec.dataset.null_tokens,
    maxBytes: deps.config.data.max_bytes,
    maxColumns: deps.config.data.max_columns,
  });
  try {
    // The facts come first: data that cannot be used must leave no snapshot behind.
    const size = { sha256: "", bytes: dataset.bytes };
    const draft = await measureFacts({ dataset, spec, snapshot: size });
    const snapshot = await keep(path);
    const personal = draft.groups.personal.map(({ column }) => column);
    const sample = await writeSample(dataset, personal);
    const facts = { ...draft, snapshot: { sha256: snapshot.sha256, bytes: snapshot.bytes } };
    return { facts, sample, snapshot };
  } finally {
    dataset.close();
  }
};

/** Intake and measuring as the runtime needs them, on real files. */
export const createMeasuring = (
  deps: Pick<RuntimeDeps, "config" | "home" | "newId">,
): Measuring => ({
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
});

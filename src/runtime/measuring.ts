import { measureFacts } from "../agents/facts/measure.ts";
import { personalValues } from "../data/personal-values.ts";
import { sampleRows, writeSample } from "../data/sample.ts";
import { snapshotPath, takeSnapshot } from "../data/snapshot.ts";
import type { Facts } from "../spec/facts.ts";
import { intake } from "../spec/intake.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { RuntimeDeps } from "./deps.ts";
import type { RunInput } from "./documents.ts";
import { type OpenedSources, openSources } from "./open-sources.ts";
import { secretKey } from "./secret-key.ts";
import type { Measured, Measuring } from "./start-run.ts";

type Deps = Pick<RuntimeDeps, "config" | "home" | "newId"> & {
  /** Where the credentials of sources are looked up. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
};

type Keep = (opened: OpenedSources) => Promise<Measured["snapshot"]>;

const open = (
  { config, environment = {}, home }: Deps,
  spec: PipelineSpec,
  snapshot?: RunInput["snapshot"],
) => openSources(config, environment, spec, keptFile(home.dir, snapshot));

/**
 * The kept file of a source, found by its hash: a home that was restored elsewhere has other paths. With one source it is the snapshot
 * itself, with several each one's own.
 */
const keptFile = (home: string, snapshot: RunInput["snapshot"] | undefined) => {
  if (snapshot === undefined) return undefined;
  return (name: string) => {
    const own = snapshot.parts?.find((part) => part.name === name) ?? snapshot;
    return snapshotPath(home, own.sha256);
  };
};

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

const withSources = (
  facts: Facts,
  opened: OpenedSources,
  snapshot: Measured["snapshot"],
): Facts => {
  const known = { ...facts, snapshot: { sha256: snapshot.sha256, bytes: snapshot.bytes } };
  if (opened.sources.length === 0) return known;
  const hashes = new Map(snapshot.parts?.map(({ name, sha256 }) => [name, sha256]));
  return {
    ...known,
    sources: opened.sources.map((source) => ({
      ...source,
      sha256: hashes.get(source.name) ?? "",
    })),
  };
};

const measureOpened = async (
  deps: Deps,
  spec: PipelineSpec,
  opened: OpenedSources,
  keep: Keep,
): Promise<Measured> => {
  const { dataset } = opened;
  try {
    // The facts come first: data that cannot be used must leave no snapshot behind.
    const size = { sha256: "", bytes: dataset.bytes };
    const draft = await measureFacts({ dataset, spec, snapshot: size });
    const snapshot = await keep(opened);
    const personal = draft.groups.personal.map(({ column }) => column);
    const groups = personal.filter((name) => draft.keys.entity.includes(name));
    const key = groups.length > 0 ? secretKey(deps.home.dir, deps.newId) : "";
    const sample = await writeSample(dataset, personal, { columns: groups, key });
    return { facts: withSample(withSources(draft, opened, snapshot)), sample, snapshot };
  } finally {
    opened.close();
  }
};

/** Keeps the bytes of every source, and of what they were joined to. */
const keepAll = async (deps: Deps, opened: OpenedSources): Promise<Measured["snapshot"]> => {
  const kept = await takeSnapshot(opened.file, deps.home.dir, deps.newId);
  const whole = { sha256: kept.sha256, bytes: kept.bytes, file: kept.path };
  if (opened.parts.length === 0) return whole;
  const parts: { name: string; sha256: string; file: string }[] = [];
  for (const { file, name } of opened.parts) {
    const part = await takeSnapshot(file, deps.home.dir, deps.newId);
    parts.push({ name, sha256: part.sha256, file: part.path });
  }
  return { ...whole, parts };
};

/** Inputs whose probe values are held in memory at a time. */
const REMEMBERED = 8;

/** Values of a run's personal columns, read from its snapshot once and held in memory alone. */
const createProbes = (deps: Deps): Measuring["probes"] => {
  const known = new Map<string, Promise<readonly string[]>>();
  const look = async (input: RunInput, personal: readonly string[]): Promise<readonly string[]> => {
    const opened = await open(deps, input.spec, input.snapshot);
    try {
      return await personalValues(opened.dataset, personal);
    } finally {
      opened.close();
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

/** Intake and measuring as the runtime needs them, on real files, addresses and databases. */
export const createMeasuring = (deps: Deps): Measuring => ({
  intake,
  measure: async (spec) =>
    measureOpened(deps, spec, await open(deps, spec), (opened) => keepAll(deps, opened)),
  remeasure: async (input, spec) =>
    measureOpened(deps, spec, await open(deps, spec, input.snapshot), async () => input.snapshot),
  probes: createProbes(deps),
  reopen: (input) => open(deps, input.spec, input.snapshot),
});

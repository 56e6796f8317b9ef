import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Dataset } from "../data/dataset.ts";
import { fetchSource } from "../data/fetch-source.ts";
import { findColumn, joinSources } from "../data/join.ts";
import { openDataset } from "../data/open.ts";
import { readPostgres } from "../data/read-postgres.ts";
import { refuse } from "../data/refuse.ts";
import type { WorkspaceConfig } from "../spec/config.ts";
import type { Facts } from "../spec/facts.ts";
import type { PipelineSpec } from "../spec/spec.ts";

type SourceFacts = NonNullable<Facts["sources"]>[number];
type Environment = Readonly<Record<string, string | undefined>>;

/** Longest time that one source may take to be read. */
const TIMEOUT_MS = 120_000;

/** Where one source is and how to read it; the first one is the dataset. */
interface Wanted {
  readonly name: string;
  readonly uri: string;
  readonly format: PipelineSpec["dataset"]["format"];
  readonly null_tokens: readonly string[];
  readonly credential: string | null;
}

/** The data of a run, opened: one table, whatever it was joined from. */
export interface OpenedSources {
  readonly dataset: Dataset;
  /** The file of that table: the dataset itself, or what the sources were joined to. */
  readonly file: string;
  /** The files that the sources were read from, the first being the dataset; empty where there is only one. */
  readonly parts: readonly { readonly name: string; readonly file: string }[];
  /** Without hashes, which the caller knows once it keeps the files. */
  readonly sources: readonly Omit<SourceFacts, "sha256">[];
  readonly close: () => void;
}

const isPostgres = (uri: string): boolean => /^postgres(ql)?:\/\//i.test(uri);
const kindOf = (uri: string): SourceFacts["kind"] =>
  isPostgres(uri) ? "sql" : /^https?:\/\//i.test(uri) ? "api" : "file";

const secretOf = ({ credential, name }: Wanted, environment: Environment): string | null => {
  if (credential === null) return null;
  const value = environment[credential];
  if (value) return value;
  throw refuse("SOURCE_CREDENTIAL", {
    message: `The source "${name}" needs ${credential}, which is not set.`,
    expected: `a value in the environment variable ${credential}`,
    got: "nothing",
    next: `Set ${credential} where mlpipeline runs.`,
  });
};

/** The path of a source on this machine: itself, its download, or what was pulled out of its database into `folder`. */
const reach = async (
  wanted: Wanted,
  folder: string,
  { data }: WorkspaceConfig,
  environment: Environment,
): Promise<string> => {
  const limits = { roots: data.roots, maxBytes: data.max_bytes, timeoutMs: TIMEOUT_MS };
  const { uri } = wanted;
  if (isPostgres(uri)) return readPostgres(uri, folder, limits, secretOf(wanted, environment));
  if (/^https?:\/\//i.test(uri))
    return fetchSource(uri, folder, limits, secretOf(wanted, environment));
  return uri.startsWith("file://") ? fileURLToPath(uri) : uri;
};

const wantedOf = (spec: PipelineSpec): readonly Wanted[] => [
  { name: "dataset", ...spec.dataset },
  ...spec.sources,
];

/** What the joined table does not know of the files it came from: how their columns are written, and how the first one is read. */
const asWritten = (
  joined: Dataset,
  base: Dataset,
  named: readonly (readonly [string, Dataset])[],
): Dataset => {
  const written = new Map(
    [["", base] as const, ...named].flatMap(([name, dataset]) =>
      dataset.columns.map(
        (column) => [`${name}${name === "" ? "" : "."}${column.name}`, column.written] as const,
      ),
    ),
  );
  return {
    ...joined,
    format: base.format,
    encoding: base.encoding,
    delimiter: base.delimiter,
    nullTokens: base.nullTokens,
    columns: joined.columns.map((column) => {
      const how = written.get(column.name);
      return how === undefined ? column : { ...column, written: how };
    }),
    assumptions: [
      ...base.assumptions,
      ...named.flatMap(([name, { assumptions }]) =>
        assumptions.map((item) => ({ ...item, subject: `${name}: ${item.subject}` })),
      ),
    ],
  };
};

/** How the event time of a source is written; it is no column of the joined table, so nothing else keeps it. */
const datesOf = (dataset: Dataset, eventTime: string | null) => {
  const dates = eventTime === null ? undefined : findColumn(dataset, eventTime)?.written?.dates;
  return dates === undefined ? {} : { eventDates: [...dates] };
};

const withJoins = (dataset: Dataset, sources: OpenedSources["sources"]): Dataset => ({
  ...dataset,
  assumptions: [
    ...dataset.assumptions,
    ...sources.slice(1).map((source) => ({
      subject: `source ${source.name}`,
      assumed: `${source.matched} of ${dataset.rowCount} rows found a row in it`,
      why:
        source.eventTime === null
          ? "it has no event time, so its rows are taken as known all along"
          : `the latest row with ${source.eventTime} at or before the event, never a later one`,
      change: "sources: key and event_time of this source",
    })),
  ],
});

/**
 * Opens the dataset, and with several sources all of them, joined as-of into one table. `from` gives the file of a source that was kept;
 * without it each is read from where it lies. Errors: those of opening, fetching, pulling and joining. The caller closes it.
 */
export const openSources = async (
  config: WorkspaceConfig,
  environment: Environment,
  spec: PipelineSpec,
  from?: (name: string) => string | undefined,
): Promise<OpenedSources> => {
  const folder = mkdtempSync(join(tmpdir(), "mlpipeline-sources-"));
  const open: Dataset[] = [];
  const close = () => {
    for (const dataset of open) dataset.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const openOne = async (path: string, wanted: Pick<Wanted, "format" | "null_tokens">) => {
    const dataset = await openDataset({
      path,
      format: wanted.format,
      nullTokens: wanted.null_tokens,
      maxBytes: config.data.max_bytes,
      maxColumns: config.data.max_columns,
    });
    open.push(dataset);
    return dataset;
  };
  try {
    const all = wantedOf(spec);
    const parts: { name: string; file: string }[] = [];
    for (const wanted of all) {
      const own = mkdtempSync(join(folder, "s"));
      const file = from?.(wanted.name) ?? (await reach(wanted, own, config, environment));
      parts.push({ name: wanted.name, file });
      await openOne(file, wanted);
    }
    const [base, ...others] = open;
    const [first] = parts;
    if (!base || !first) throw new Error("a spec without dataset");
    if (others.length === 0)
      return { dataset: base, file: first.file, parts: [], sources: [], close };
    const joinable = spec.sources.map((source, place) => ({
      name: source.name,
      dataset: others[place] ?? base,
      key: source.key,
      eventTime: source.event_time,
    }));
    const file = join(folder, "joined.parquet");
    const joined = await joinSources(base, spec.columns.event_time, joinable, file);
    const table = await openOne(file, { format: "parquet", null_tokens: [""] });
    const sources = all.map((wanted, place): OpenedSources["sources"][number] => {
      const dataset = open[place] ?? base;
      const own = joined[place - 1];
      return {
        name: wanted.name,
        uri: wanted.uri,
        kind: kindOf(wanted.uri),
        rows: dataset.rowCount,
        bytes: dataset.bytes,
        format: dataset.format,
        encoding: dataset.encoding,
        delimiter: dataset.delimiter,
        nullTokens: [...dataset.nullTokens],
        credential: wanted.credential,
        key: (own?.key ?? []).map((name) => findColumn(dataset, name)?.name ?? name),
        eventTime: own?.eventTime ?? null,
        ...datesOf(dataset, own?.eventTime ?? null),
        matched: own?.matched ?? dataset.rowCount,
      };
    });
    const named = spec.sources.map(({ name }, place) => [name, others[place] ?? base] as const);
    const dataset = withJoins(asWritten(table, base, named), sources);
    return { dataset, file, parts, sources, close };
  } catch (error) {
    close();
    throw error;
  }
};

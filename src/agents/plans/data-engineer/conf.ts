import type { ColumnFacts, Facts } from "../../../spec/facts.ts";
import type { PipelineSpec } from "../../../spec/spec.ts";
import { grainDays, periodDays } from "./figures.ts";
import { incrementalOf } from "./incremental.ts";
import { qualityRules } from "./rules.ts";
import { partitionOf, retentionOf } from "./storage.ts";

/**
 * Rows that would equal an earlier one by chance: n² / 2C for n rows and C combinations of the columns' values (the birthday
 * problem). A lower bound, since values that are not equally frequent meet more often. >= 0.
 */
const chanceCopies = ({ profile }: Facts): number => {
  const combinations = profile.columns.reduce(
    (sum, { distinct, nulls }) => sum + Math.log(Math.max(1, distinct + (nulls > 0 ? 1 : 0))),
    0,
  );
  return Math.exp(2 * Math.log(Math.max(1, profile.rows)) - Math.log(2) - combinations);
};

/** Whether exact copies are one row delivered twice or two events; decided by key and time. */
export const duplicatesOf = (facts: Facts) => {
  const count = facts.profile.duplicateRows;
  if (facts.groups.personal.length > 0)
    return {
      exact: "keep",
      reason: `${facts.groups.personal.length} personal columns are left behind, and without them different rows look alike; ${count} measured with them`,
    };
  if (facts.keys.chosen.length > 0)
    return {
      exact: "drop",
      reason: `rows have a key, so a copy is a repeated delivery; ${count} measured`,
    };
  if (chanceCopies(facts) >= 1)
    return {
      exact: "keep",
      reason: `so few combinations of values exist that different cases look alike; ${count} measured`,
    };
  if (facts.time.field === null)
    return {
      exact: "drop",
      reason: `without a time a copy could stand in training and hold-out at once; ${count} measured`,
    };
  return {
    exact: "keep",
    reason: `no key: two equal rows may be two events; ${count} measured`,
  };
};

const columnOf = (column: ColumnFacts, facts: Facts) => {
  const isKey = [...facts.keys.chosen, ...facts.keys.entity].includes(column.name);
  const dated = column.type === "date" || column.type === "timestamp";
  return {
    field: column.field,
    name: column.name,
    type: column.type,
    personal: column.personal,
    ...(column.personal !== null && isKey ? { pseudonym: true } : {}),
    ...(column.written === undefined ? {} : { written: column.written }),
    ...(dated && column.min !== undefined ? { min: String(column.min) } : {}),
  };
};

/** Python's names of the encodings; a byte order mark is left out by `ingest.py`. */
const CODECS: Readonly<Record<string, string>> = {
  "utf-8-bom": "utf-8-sig",
  "utf-16le": "utf-16-le",
  "utf-16be": "utf-16-be",
};

/** The measured statistics in the form that `<pkg>/validate.py` computes for every later version, to compare with. */
const profileOf = (facts: Facts) => ({
  rows: facts.profile.rows,
  columns: Object.fromEntries(
    facts.profile.columns
      .filter((column) => column.personal === null)
      .map(({ field, nulls, distinct, min, max, mean }) => [
        field,
        {
          nulls,
          distinct,
          ...(min === undefined ? {} : { min, max }),
          ...(mean === undefined ? {} : { mean }),
        },
      ]),
  ),
});

/** Freshness, completeness and duration that a batch owes, none tighter than the source's own period. */
const slaOf = (facts: Facts, spec: PipelineSpec) => {
  const days = Math.max(periodDays(facts) ?? 0, grainDays(facts), facts.time.gapDays ?? 0);
  return {
    owner: "data-engineer",
    source_period_days: days,
    freshness_days: facts.time.field === null ? null : Math.ceil(days + 1),
    completeness: Number((1 - spec.slo.quality_pct / 100).toFixed(4)),
    // A tenth of a second per megabyte besides ten seconds to start; measured by tests/data on the sample.
    duration_s: Math.ceil(10 + facts.profile.bytes / 1e7),
  };
};

/** The sources that are joined to the first one, as `ingest.py` joins them again. */
const joinedOf = (facts: Facts) => {
  const [, ...others] = facts.sources ?? [];
  if (others.length === 0) return {};
  return {
    joined: others.map((source) => ({
      name: source.name,
      uri: source.uri,
      format: source.format,
      delimiter: source.delimiter,
      encoding: CODECS[source.encoding] ?? source.encoding,
      null_tokens: source.nullTokens,
      credential: source.credential,
      key: source.key,
      event_time: source.eventTime,
      ...(source.eventDates === undefined ? {} : { event_dates: source.eventDates }),
      rows: source.rows,
      matched: source.matched,
      sha256: source.sha256,
    })),
  };
};

/** conf/data.yaml as data: every decision about ingestion, quality and storage that the Python modules read. */
export const dataConf = (facts: Facts, spec: PipelineSpec) => ({
  source: {
    name: facts.source.name,
    uri: facts.source.uri,
    format: facts.profile.format,
    delimiter: facts.profile.delimiter,
    encoding: CODECS[facts.profile.encoding] ?? facts.profile.encoding,
    null_tokens: facts.profile.nullTokens,
    ...(spec.dataset.credential === null ? {} : { credential: spec.dataset.credential }),
    licence: facts.source.licence,
    refresh: facts.source.refresh,
    sha256: facts.snapshot.sha256,
    rows: facts.profile.rows,
    bytes: facts.profile.bytes,
  },
  ...joinedOf(facts),
  target: { field: facts.target.field, column: facts.target.column },
  time: { field: facts.time.field },
  duplicates: duplicatesOf(facts),
  columns: facts.profile.columns.map((column) => columnOf(column, facts)),
  incremental: incrementalOf(facts, spec),
  profile: profileOf(facts),
  quality: { rules: qualityRules(facts) },
  layers: {
    root: "data/layers",
    demo_root: "data/demo",
    compression: "zstd",
    partition: partitionOf(facts),
  },
  retention: retentionOf(facts, spec),
  sla: slaOf(facts, spec),
});

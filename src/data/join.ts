import { rmSync } from "node:fs";
import { join } from "node:path";
import type { DataColumn, Dataset } from "./dataset.ts";
import { type Duck, openDuck } from "./duck.ts";
import { refuse } from "./refuse.ts";
import { quoteId, quoteText, toCount } from "./sql.ts";

/** A source that is joined to the first one: as-of where it has an event time, else as a table of what is always known. */
export interface JoinSource {
  readonly name: string;
  readonly dataset: Dataset;
  /** Columns of the same name on both sides; none joins by time alone. */
  readonly key: readonly string[];
  readonly eventTime: string | null;
}

/** How one source was joined. `matched` are rows of the first source that found a row in it. */
export interface JoinedSource {
  readonly name: string;
  readonly rows: number;
  readonly key: readonly string[];
  readonly eventTime: string | null;
  readonly matched: number;
}

/** The column that people named: exactly, else by its field or without regard to letter case. */
export const findColumn = (dataset: Dataset, wanted: string): DataColumn | undefined =>
  dataset.columns.find(({ name }) => name === wanted) ??
  dataset.columns.find(
    ({ field, name }) => field === wanted || name.toLowerCase() === wanted.toLowerCase(),
  );

const isTime = ({ type }: DataColumn): boolean => type === "date" || type === "timestamp";
const isNumber = ({ type }: DataColumn): boolean => type === "integer" || type === "number";

const columnOf = (source: string, dataset: Dataset, wanted: string): DataColumn => {
  const found = findColumn(dataset, wanted);
  if (found) return found;
  throw refuse("SOURCE_COLUMN_UNKNOWN", {
    message: `The source "${source}" has no column "${wanted}".`,
    expected: dataset.columns
      .slice(0, 30)
      .map(({ name }) => name)
      .join(", "),
    got: wanted,
    next: "Give key and event_time of each source as columns that it has; a key stands in both.",
  });
};

const timeOf = (source: string, dataset: Dataset, wanted: string): DataColumn => {
  const column = columnOf(source, dataset, wanted);
  if (isTime(column)) return column;
  throw refuse("SOURCE_TIME_UNKNOWN", {
    message: `"${wanted}" of the source "${source}" is no date or timestamp.`,
    expected: "a column of dates or timestamps",
    got: `a column of type ${column.type}`,
    next: "Name another event_time for this source, or none.",
  });
};

/** The first source's own time: named, else its only date or timestamp. */
export const baseTime = (base: Dataset, wanted: string): DataColumn => {
  if (wanted !== "auto" && wanted !== "none") return timeOf("dataset", base, wanted);
  const times = base.columns.filter(isTime);
  const [only] = times;
  if (only && times.length === 1) return only;
  throw refuse("SOURCE_TIME_UNKNOWN", {
    message:
      "Sources are joined as of the event time of the first one, and it is not clear which column that is.",
    expected: "the event time of the first source",
    got: times.length === 0 ? "no date or timestamp" : times.map(({ name }) => name).join(", "),
    next: "Name it as columns.event_time (event_time of the first --source).",
  });
};

/** Two sides of a key compare as numbers where both are, else as text. */
const keySql = (id: string, numbers: boolean): string =>
  numbers ? `CAST(${id} AS DOUBLE)` : `CAST(${id} AS VARCHAR)`;

const load = async (duck: Duck, dataset: Dataset, table: string): Promise<void> => {
  const file = join(dataset.scratch, "all.parquet");
  await dataset.connection.run(
    `COPY (SELECT * FROM data ORDER BY rowid) TO ${quoteText(file)} (FORMAT parquet)`,
  );
  await duck.connection.run(
    `CREATE TABLE ${table} AS SELECT * FROM read_parquet(${quoteText(file)})`,
  );
  rmSync(file, { force: true });
};

const shown = (dataset: Dataset, column: DataColumn): string =>
  dataset.columns.find(({ name }) => name.toLowerCase() === column.name.toLowerCase()) === column
    ? column.name
    : column.field;

interface Part {
  readonly join: string;
  readonly columns: readonly string[];
}

const checkUnique = async (duck: Duck, source: string, table: string, keys: readonly string[]) => {
  if (keys.length === 0) {
    throw refuse("SOURCE_KEY_MISSING", {
      message: `The source "${source}" has neither key nor event_time to be joined by.`,
      expected: "a key, an event_time, or both",
      got: "neither",
      next: `Say how it belongs to the first source: --source ${source}=…,key=<column>.`,
    });
  }
  const [[twice] = []] = await duck.rows(
    `SELECT count(*) FROM (SELECT 1 FROM ${table} GROUP BY ${keys.join(", ")} HAVING count(*) > 1)`,
  );
  if (toCount(twice) === 0) return;
  throw refuse("SOURCE_KEY_REPEATS", {
    message: `The key of the source "${source}" repeats, and without an event time it is not clear which row was known when.`,
    expected: "one row per key, or an event_time",
    got: `${toCount(twice)} keys with several rows`,
    next: "Name the source's event_time, or give another key.",
  });
};

/** Prepares table `s<n>` and says how it is joined. Of rows with the same key and time the last one stands. */
const prepare = async (
  duck: Duck,
  base: Dataset,
  time: DataColumn | null,
  source: JoinSource,
  place: number,
): Promise<Part> => {
  const table = `s${place}`;
  await load(duck, source.dataset, `${table}_all`);
  const keys = source.key.map((name) => {
    const [left, right] = [
      columnOf("dataset", base, name),
      columnOf(source.name, source.dataset, name),
    ];
    const numbers = isNumber(left) && isNumber(right);
    return {
      left: keySql(`b.${quoteId(left.field)}`, numbers),
      right: keySql(quoteId(right.field), numbers),
      column: right,
    };
  });
  const at =
    source.eventTime === null ? null : timeOf(source.name, source.dataset, source.eventTime);
  const used = new Set([...keys.map(({ column }) => column.field), at?.field]);
  const rest = source.dataset.columns.filter(({ field }) => !used.has(field));
  const marks = keys.map(({ right }, index) => `${right} AS _k${index}`);
  const moment = at === null ? [] : [`CAST(${quoteId(at.field)} AS TIMESTAMP) AS _t`];
  const kept =
    at === null
      ? ""
      : ` WHERE _t IS NOT NULL QUALIFY row_number() OVER (PARTITION BY ${[...keys.map((_, index) => `_k${index}`), "_t"].join(", ")} ORDER BY _row DESC) = 1`;
  await duck.connection.run(
    `CREATE TABLE ${table} AS SELECT * FROM (SELECT ${[...marks, ...moment, ...rest.map(({ field }) => quoteId(field)), "rowid AS _row"].join(", ")} FROM ${table}_all)${kept}`,
  );
  await duck.connection.run(`DROP TABLE ${table}_all`);
  const equal = keys.map(({ left }, index) => `${left} = ${table}._k${index}`);
  if (at === null)
    await checkUnique(
      duck,
      source.name,
      table,
      keys.map((_, index) => `_k${index}`),
    );
  const later =
    time === null || at === null
      ? []
      : [`CAST(b.${quoteId(time.field)} AS TIMESTAMP) >= ${table}._t`];
  return {
    join: `${at === null ? "LEFT JOIN" : "ASOF LEFT JOIN"} ${table} ON ${[...equal, ...later].join(" AND ")}`,
    columns: rest.map(
      (column) =>
        `${table}.${quoteId(column.field)} AS ${quoteId(`${source.name}.${shown(source.dataset, column)}`)}`,
    ),
  };
};

/**
 * Joins sources to the first one and writes the rows as Parquet to `to`, in the order of the first source, its columns under their names and
 * those of a source under `<source>.<column>`. A row of a source with an event time is taken only when it lies at or before the time of the
 * row it is joined to, the latest of those: nothing that was not yet known comes in. UserInputError SOURCE_COLUMN_UNKNOWN,
 * SOURCE_TIME_UNKNOWN, SOURCE_KEY_MISSING, SOURCE_KEY_REPEATS.
 */
export const joinSources = async (
  base: Dataset,
  eventTime: string,
  sources: readonly JoinSource[],
  to: string,
): Promise<readonly JoinedSource[]> => {
  const timed = sources.some((source) => source.eventTime !== null);
  const time = timed ? baseTime(base, eventTime) : null;
  const duck = await openDuck({ memoryMb: 2048, threads: 2 });
  try {
    await load(duck, base, "b_all");
    await duck.connection.run("CREATE TABLE b AS SELECT *, rowid AS _row FROM b_all");
    await duck.connection.run("DROP TABLE b_all");
    const parts: Part[] = [];
    const found: JoinedSource[] = [];
    for (const [place, source] of sources.entries()) {
      const part = await prepare(duck, base, time, source, place);
      const [[matched] = []] = await duck.rows(`SELECT count(s${place}._row) FROM b ${part.join}`);
      parts.push(part);
      found.push({
        name: source.name,
        rows: source.dataset.rowCount,
        key: source.key,
        eventTime: source.eventTime,
        matched: toCount(matched),
      });
    }
    const own = base.columns.map(
      (column) => `b.${quoteId(column.field)} AS ${quoteId(shown(base, column))}`,
    );
    await duck.connection.run(
      `COPY (SELECT ${[...own, ...parts.flatMap(({ columns }) => columns)].join(", ")} FROM b ${parts.map(({ join: one }) => one).join(" ")} ORDER BY b._row) TO ${quoteText(to)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    return found;
  } finally {
    duck.close();
  }
};

import { messageOf, type UserInputError } from "../lib/errors.ts";
import { createAggregateGuard } from "./aggregate-query.ts";
import { Refused } from "./aggregate-rules.ts";
import type { Dataset } from "./dataset.ts";
import { type Duck, openDuck } from "./duck.ts";
import { refuse } from "./refuse.ts";
import { quoteId } from "./sql.ts";

/** Limits of one query. */
export interface QueryLimits {
  readonly rows: number;
  readonly timeMs: number;
}

/** Rows as text (NULL stays null), and whether more were there than the limit let through. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly truncated: boolean;
}

/** Read-only questions about table `data`. `close` may be called twice. */
export interface DataQuery {
  readonly run: (sql: string, limits?: Partial<QueryLimits>) => Promise<QueryResult>;
  /** The same for one grouped SELECT with aggregates alone; groups of fewer than ten rows are left out. */
  readonly runAggregates: (sql: string, limits?: Partial<QueryLimits>) => Promise<QueryResult>;
  readonly close: () => void;
}

const LIMITS: QueryLimits = { rows: 200, timeMs: 5_000 };

const refused = (got: string): UserInputError =>
  refuse("QUERY_REFUSED", {
    message: `The query was refused: ${got.slice(0, 300)}`,
    expected: "one SELECT over table data, within the limits of rows, time and memory",
    got: got.slice(0, 300),
    next: "Ask with one SELECT statement, or ask for less.",
  });

/** Copies the visible columns, so that no SQL whatever can reach the hidden ones. */
const copyVisible = async (dataset: Dataset, hidden: ReadonlySet<string>, to: Duck) => {
  const fields = dataset.columns
    .filter(({ field }) => !hidden.has(field))
    .map(({ field }) => quoteId(field));
  if (fields.length === 0) throw refused("every column is hidden");
  const source = await dataset.connection.run(`SELECT ${fields.join(", ")} FROM data`);
  const types = source.columnTypes().map((type, place) => `${fields[place]} ${type}`);
  await to.connection.run(`CREATE TABLE data (${types.join(", ")})`);
  const appender = await to.connection.createAppender("data");
  for (const chunk of await source.fetchAllChunks()) appender.appendDataChunk(chunk);
  appender.flushSync();
  appender.closeSync();
};

const checkSelect = async ({ connection }: Duck, sql: string): Promise<void> => {
  const { StatementType } = await import("@duckdb/node-api");
  const { count } = await connection.extractStatements(sql);
  if (count !== 1) throw refused(`${count} statements`);
  const prepared = await connection.prepare(sql);
  const { statementType } = prepared;
  prepared.destroySync();
  if (statementType !== StatementType.SELECT) throw refused("a statement that is no SELECT");
};

const text = (cell: unknown): string | null => {
  if (cell === null || cell === undefined) return null;
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
};

const EMPTY: QueryResult = { columns: [], rows: [], truncated: false };

type Guard = (sql: string) => Promise<string | null>;

/** What DuckDB says before it has seen a row; its later words may quote a cell. */
const BEFORE_ROWS = /^(Parser|Binder|Catalog|Syntax) Error/;

const inWords = (error: unknown, plain: boolean): string => {
  const words = messageOf(error).split("\n\n")[0] ?? "";
  if (plain || error instanceof Refused || BEFORE_ROWS.test(words)) return words;
  return "a function failed on some value of the data";
};

const runOne = async (
  duck: Duck,
  given: string,
  limits: QueryLimits,
  guard: Guard,
  plain: boolean,
): Promise<QueryResult> => {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    duck.connection.interrupt();
  }, limits.timeMs);
  try {
    const sql = await guard(given);
    if (sql === null) return EMPTY;
    await checkSelect(duck, sql);
    const reader = await duck.connection.streamAndReadUntil(sql, limits.rows + 1);
    const rows = reader.getRowsJson();
    return {
      columns: reader.columnNames(),
      rows: rows.slice(0, limits.rows).map((row) => row.map(text)),
      truncated: rows.length > limits.rows,
    };
  } catch (error) {
    if (late) throw refused(`it ran longer than ${limits.timeMs} ms`);
    throw messageOf(error).startsWith("The query was refused")
      ? error
      : refused(inWords(error, plain));
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Opens a place for read-only SQL over a copy of the dataset without the `hidden` fields; columns carry their field names. Queries
 * run one after another. `run` takes one SELECT (default: 200 rows, 5 s); UserInputError QUERY_REFUSED for anything else, for a
 * mistake in the SQL, and past the time or memory limit. Nothing outside can be reached. The caller closes it.
 */
export const openQuery = async (
  dataset: Dataset,
  hidden: readonly string[],
  memoryMb = 1024,
): Promise<DataQuery> => {
  const duck = await openDuck({ memoryMb, threads: 1 });
  try {
    await copyVisible(dataset, new Set(hidden), duck);
    await duck.lock();
  } catch (error) {
    duck.close();
    throw error;
  }
  let last: Promise<unknown> = Promise.resolve();
  const inTurn =
    (guard: Guard, plain: boolean) =>
    (sql: string, limits: Partial<QueryLimits> = {}) => {
      const turn = last.then(() => runOne(duck, sql, { ...LIMITS, ...limits }, guard, plain));
      last = turn.catch(() => undefined);
      return turn;
    };
  const shown = dataset.columns
    .map(({ field }) => field)
    .filter((field) => !hidden.includes(field));
  return {
    run: inTurn(async (sql) => sql, true),
    runAggregates: inTurn(createAggregateGuard(duck, shown), false),
    close: duck.close,
  };
};

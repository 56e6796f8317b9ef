import type { Assumption, ColumnType, DataColumn, DataFormat } from "./dataset.ts";
import type { Duck } from "./duck.ts";
import { toFields } from "./fields.ts";
import type { RawTable } from "./read-csv.ts";
import { quoteId, quoteText, toCount } from "./sql.ts";
import { castText, decideTypes, strayValues } from "./types.ts";
import { castWritten, decideWritten, type Reading } from "./written.ts";

const DUCK_TYPES: Readonly<Record<string, ColumnType>> = {
  BIGINT: "integer",
  DOUBLE: "number",
  BOOLEAN: "boolean",
  DATE: "date",
  TIMESTAMP: "timestamp",
};

/** Table `data`, and what was taken for granted while typing it. */
export interface BuiltTable {
  readonly columns: readonly DataColumn[];
  readonly assumptions: readonly Assumption[];
}

const applyNullTokens = async (duck: Duck, raw: RawTable, nullTokens: readonly string[]) => {
  if (nullTokens.length === 0 || raw.text.length === 0) return;
  const tokens = nullTokens.map(quoteText).join(", ");
  const sets = raw.text.map(
    (id) => `CASE WHEN ${id} IN (${tokens}) THEN NULL ELSE ${id} END AS ${id}`,
  );
  await duck.connection.run(
    `CREATE OR REPLACE TABLE raw AS SELECT * REPLACE (${sets.join(", ")}) FROM raw`,
  );
};

const nameOf = (raw: RawTable, id: string): string => raw.names[Number(id.slice(1))] ?? id;

/** Numbers and dates that are written in another way than SQL's, and columns that a few values keep from being numbers. */
const readWritten = async (
  duck: Duck,
  raw: RawTable,
  texts: readonly string[],
): Promise<{
  readonly read: ReadonlyMap<string, Reading>;
  readonly stray: readonly Assumption[];
}> => {
  const read = new Map<string, Reading>();
  const stray: Assumption[] = [];
  for (const id of texts) {
    const name = nameOf(raw, id);
    const reading = await decideWritten(duck, id, name, raw.delimiter);
    if (reading) {
      read.set(id, reading);
      continue;
    }
    const values = await strayValues(duck, id);
    if (values === null) continue;
    stray.push({
      subject: `column ${name}`,
      assumed: "text, because a few of its values are no numbers",
      why: `${values.count} of ${values.of} values are no numbers, the first in row ${values.row}`,
      change: "dataset.null_tokens: the words that mean “no value” (comment: missing token <word>)",
    });
  }
  return { read, stray };
};

const ZONE = "(Z|[+-][0-9]{2}:?[0-9]{2})$";

/** Instants of which some name their zone and some do not: the latter are taken as UTC, which people must know. */
const mixedZones = async (
  duck: Duck,
  raw: RawTable,
  timestamps: readonly string[],
): Promise<readonly Assumption[]> => {
  const notes: Assumption[] = [];
  for (const id of timestamps) {
    const [[zoned, all] = []] = await duck.rows(
      `SELECT count(*) FILTER (regexp_matches(${id}, '${ZONE}')), count(${id}) FROM raw`,
    );
    const [some, total] = [toCount(zoned), toCount(all)];
    if (some === total) continue;
    notes.push({
      subject: `column ${nameOf(raw, id)}`,
      assumed: "instants without a zone are UTC",
      why:
        some === 0
          ? `none of ${total} values names its zone`
          : `${total - some} of ${total} values name no zone, the others are turned to UTC`,
      change: "dataset.uri: a file whose instants all name their zone",
    });
  }
  return notes;
};

/** Applies the null tokens to text columns, decides their types on all rows, and builds table `data` from `raw`. */
export const buildTable = async (
  duck: Duck,
  raw: RawTable,
  format: DataFormat,
  nullTokens: readonly string[],
): Promise<BuiltTable> => {
  await applyNullTokens(duck, raw, nullTokens);
  const csv = format === "csv" || format === "tsv";
  const decided = await decideTypes(duck, raw.text, csv ? undefined : ["date", "timestamp"]);
  const texts = csv ? raw.text.filter((id) => decided.get(id) === "string") : [];
  const { read, stray } = await readWritten(duck, raw, texts);
  const described = await duck.rows("DESCRIBE SELECT * FROM raw");
  const fields = toFields(raw.names);
  const columns = raw.names.map((name, place): DataColumn => {
    const id = `c${place}`;
    const known = DUCK_TYPES[String(described[place]?.[1])];
    const reading = read.get(id);
    return {
      name,
      field: fields[place] ?? `column_${place + 1}`,
      type: reading?.type ?? decided.get(id) ?? known ?? "string",
      ...(reading ? { written: reading.written } : {}),
    };
  });
  const selected = columns.map(({ field, type }, place) => {
    const id = `c${place}`;
    const reading = read.get(id);
    const plain = raw.text.includes(id) ? castText(id, type) : id;
    return `${reading ? castWritten(id, reading) : plain} AS ${quoteId(field)}`;
  });
  const zones = await mixedZones(
    duck,
    raw,
    csv ? raw.text.filter((id) => decided.get(id) === "timestamp") : [],
  );
  await duck.connection.run(`CREATE TABLE data AS SELECT ${selected.join(", ")} FROM raw`);
  await duck.connection.run("DROP TABLE raw");
  const notes = [...read.values()].map(({ assumption }) => assumption);
  return { columns, assumptions: [...notes, ...zones, ...stray] };
};

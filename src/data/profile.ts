import type { ColumnFacts, Facts } from "../spec/facts.ts";
import type { DataColumn, Dataset } from "./dataset.ts";
import { suspectPersonal } from "./personal.ts";
import { type Cell, quoteId, stable, toCount, toNumber } from "./sql.ts";

const BATCH = 40; // columns per select: wide enough to share one scan, narrow enough to keep the plan small
const TOP = 50;

const NUMERIC: readonly DataColumn["type"][] = ["integer", "number"];
const TIMED: readonly DataColumn["type"][] = ["date", "timestamp"];

const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

const aggregates = ({ field, type }: DataColumn): readonly string[] => {
  const id = quoteId(field);
  const common = [`count(*) - count(${id})`, `count(DISTINCT ${id})`];
  if (NUMERIC.includes(type)) {
    const value = `CAST(${id} AS DOUBLE)`;
    return [
      ...common,
      `min(${value})`,
      `max(${value})`,
      `avg(${value})`,
      `stddev_samp(${value})`,
      // One list is one aggregate, which keeps the column's values once and not seven times.
      ...QUANTILES.map(
        (_share, at) => `quantile_cont(${value}, [${QUANTILES.join(", ")}])[${at + 1}]`,
      ),
    ];
  }
  if (TIMED.includes(type))
    return [...common, `CAST(min(${id}) AS VARCHAR)`, `CAST(max(${id}) AS VARCHAR)`];
  return [...common, `avg(length(CAST(${id} AS VARCHAR)))`];
};

/** A date or timestamp cell as ISO text. */
export const isoText = (cell: Cell | undefined): string => String(cell ?? "").replace(" ", "T");

const figure = (cell: Cell | undefined): number => stable(toNumber(cell) ?? 0);

const measured = (
  column: DataColumn,
  cells: readonly Cell[],
  personal: ColumnFacts["personal"],
): Omit<ColumnFacts, "top"> => {
  const { field, name, type, written } = column;
  const common = {
    name,
    field,
    type,
    ...(written === undefined ? {} : { written }),
    nulls: toCount(cells[0]),
    distinct: toCount(cells[1]),
    personal,
  };
  if (personal !== null) return common;
  if (NUMERIC.includes(type)) {
    const [p01, p05, p25, p50, p75, p95, p99] = cells.slice(6).map(figure);
    return {
      ...common,
      min: figure(cells[2]),
      max: figure(cells[3]),
      mean: figure(cells[4]),
      std: figure(cells[5]),
      quantiles: {
        p01: p01 ?? 0,
        p05: p05 ?? 0,
        p25: p25 ?? 0,
        p50: p50 ?? 0,
        p75: p75 ?? 0,
        p95: p95 ?? 0,
        p99: p99 ?? 0,
      },
    };
  }
  if (TIMED.includes(type)) return { ...common, min: isoText(cells[2]), max: isoText(cells[3]) };
  return { ...common, averageLength: figure(cells[2]) };
};

const topValues = async (
  dataset: Dataset,
  { field }: DataColumn,
): Promise<NonNullable<ColumnFacts["top"]>> => {
  const id = quoteId(field);
  const rows = await dataset.rows(
    `SELECT CAST(${id} AS VARCHAR) AS value, count(*) AS n FROM data WHERE ${id} IS NOT NULL GROUP BY 1 ORDER BY n DESC, value LIMIT ${TOP}`,
  );
  return rows.map(([value, count]) => ({ value: String(value), count: toCount(count) }));
};

const duplicates = async (dataset: Dataset): Promise<number> => {
  const fields = dataset.columns.map(({ field }) => quoteId(field)).join(", ");
  const distinct = await dataset.rows(`SELECT count(*) FROM (SELECT DISTINCT ${fields} FROM data)`);
  return dataset.rowCount - toCount(distinct[0]?.[0]);
};

/** Measures every column in one scan per batch. Personal columns carry counts alone: no value of theirs leaves here. */
export const measureProfile = async (
  dataset: Dataset,
  personal: readonly string[],
): Promise<Facts["profile"]> => {
  const columns: ColumnFacts[] = [];
  for (let start = 0; start < dataset.columns.length; start += BATCH) {
    const batch = dataset.columns.slice(start, start + BATCH);
    const lists = batch.map(aggregates);
    const [row = []] = await dataset.rows(`SELECT ${lists.flat().join(", ")} FROM data`);
    let at = 0;
    for (const [place, column] of batch.entries()) {
      const cells = row.slice(at, at + (lists[place]?.length ?? 0));
      at += cells.length;
      const kind = personal.includes(column.name)
        ? "id"
        : await suspectPersonal(dataset, column, toCount(cells[1]));
      const facts = measured(column, cells, kind);
      const textual = column.type === "string" || column.type === "boolean";
      columns.push(
        textual && kind === null ? { ...facts, top: await topValues(dataset, column) } : facts,
      );
    }
  }
  return {
    rows: dataset.rowCount,
    bytes: dataset.bytes,
    format: dataset.format,
    encoding: dataset.encoding,
    delimiter: dataset.delimiter,
    nullTokens: [...dataset.nullTokens],
    duplicateRows: await duplicates(dataset),
    columns,
  };
};

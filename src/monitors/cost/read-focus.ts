import { dirname } from "node:path";
import type { Duck } from "../../data/duck.ts";
import { type Cell, quoteId, quoteText, toNumber } from "../../data/sql.ts";
import type { DataSource, FeedFault, SourceFile } from "../source/data-source.ts";
import { openRelation, plainCause } from "../source/open-relation.ts";
import type { Relation } from "../source/relation.ts";
import type { CostLine } from "./cost-line.ts";

/** Columns without which a file is no FOCUS export (FinOps FOCUS 1.0 to 1.3). */
const NEEDED = [
  "ChargePeriodStart",
  "BilledCost",
  "EffectiveCost",
  "BillingCurrency",
  "ChargeCategory",
  "ServiceCategory",
  "ServiceName",
] as const;

/** What a FOCUS export holds. */
export interface Focus {
  readonly lines: readonly CostLine[];
  /** Spend in other currencies, in their own units: shown, never added. */
  readonly otherCurrencies: Readonly<Record<string, number>>;
  readonly faults: readonly FeedFault[];
}

const LABELS = ["pipeline", "model", "run_id", "phase", "environment"] as const;

const column = (relation: Relation, name: string): string | null =>
  [...relation.columns.keys()].find((one) => one.toLowerCase() === name.toLowerCase()) ?? null;

const text = (relation: Relation, name: string): string => {
  const found = column(relation, name);
  return found === null ? "NULL" : `CAST(${quoteId(found)} AS VARCHAR)`;
};

/** Sums stay decimal and are rounded once, to micro-USD. */
const money = (relation: Relation, name: string, instead = "BilledCost"): string => {
  const found = column(relation, name) ?? column(relation, instead);
  return found === null
    ? "0"
    : `CAST(round(sum(TRY_CAST(${quoteId(found)} AS DECIMAL(30,12))) * 1000000) AS BIGINT)`;
};

/** A tag, whether Tags is JSON text, a map or a struct; keys may carry a provider's prefix such as `user:`. */
const tag = (relation: Relation, name: string): string => {
  const found = column(relation, "Tags");
  if (found === null) return "NULL";
  const json = `CAST(to_json(${quoteId(found)}) AS VARCHAR)`;
  const plain =
    relation.columns.get(found) === "VARCHAR" ? `CAST(${quoteId(found)} AS VARCHAR)` : json;
  return `nullif(regexp_extract(${plain}, ${quoteText(`"(?:[^"]*:)?${name}"\\s*:\\s*"([^"]*)"`)}, 1), '')`;
};

const orNull = (cell: Cell | undefined): string | null =>
  cell === null || cell === undefined || cell === "" ? null : String(cell);

const amount = (cell: Cell | undefined): number => toNumber(cell) ?? 0;

const statusOf = (text: string | null): CostLine["commitmentStatus"] =>
  text === "Used" || text === "Unused" ? text : null;

const toLine = (row: readonly Cell[]): CostLine => {
  const at = (place: number): string | null => orNull(row[place]);
  const or = (place: number, instead: string): string => at(place) ?? instead;
  return {
    day: or(0, ""),
    source: "billed",
    service: or(1, "unknown"),
    serviceCategory: or(2, "Other"),
    resource: at(3),
    pricingCategory: at(4),
    chargeCategory: or(5, "Usage"),
    commitmentStatus: statusOf(at(6)),
    unit: at(7),
    billed: amount(row[8]),
    effective: amount(row[9]),
    list: amount(row[10]),
    quantity: toNumber(row[11]),
    pipeline: at(12),
    model: at(13),
    run: at(14),
    phase: at(15),
    environment: at(16),
  };
};

const dayOf = (relation: Relation): string =>
  `strftime(TRY_CAST(${text(relation, "ChargePeriodStart")} AS TIMESTAMPTZ), '%Y-%m-%d')`;

const readGroup = async (
  duck: Duck,
  relation: Relation,
  files: readonly SourceFile[],
): Promise<readonly CostLine[]> => {
  const keys = [
    dayOf(relation),
    text(relation, "ServiceName"),
    text(relation, "ServiceCategory"),
    text(relation, "ResourceId"),
    text(relation, "PricingCategory"),
    text(relation, "ChargeCategory"),
    text(relation, "CommitmentDiscountStatus"),
    text(relation, "ConsumedUnit"),
  ];
  const quantity = column(relation, "ConsumedQuantity");
  const sums = [
    money(relation, "BilledCost"),
    money(relation, "EffectiveCost"),
    money(relation, "ListCost"),
    quantity === null ? "NULL" : `sum(TRY_CAST(${quoteId(quantity)} AS DOUBLE))`,
  ];
  const tags = LABELS.map((name) => tag(relation, name));
  const rows = await duck.rows(
    `SELECT ${[...keys, ...sums, ...tags].join(", ")} FROM ${relation.from({ files })} WHERE ${text(relation, "BillingCurrency")} = 'USD' AND ${dayOf(relation)} IS NOT NULL GROUP BY ALL ORDER BY ALL`,
  );
  return rows.map(toLine);
};

const currencies = async (duck: Duck, relation: Relation): Promise<Focus["otherCurrencies"]> => {
  const cost = column(relation, "BilledCost") ?? "";
  const rows = await duck.rows(
    `SELECT ${text(relation, "BillingCurrency")} AS c, sum(TRY_CAST(${quoteId(cost)} AS DOUBLE)) FROM ${relation.from()} WHERE c IS NOT NULL AND c <> 'USD' GROUP BY 1 ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(([name, sum]) => [String(name), toNumber(sum) ?? 0]));
};

const noFocus = (missing: readonly string[]): FeedFault => ({
  code: "no_column",
  subject: "costs",
  message: `the bill lacks the FOCUS columns ${missing.join(", ")}`,
  fatal: true,
});

/** Files of one export lie in one folder; a later export of the same days replaces them, for bills are restated. */
const exportsOf = (files: readonly SourceFile[]): readonly (readonly SourceFile[])[] => {
  const folders = new Map<string, SourceFile[]>();
  for (const file of files) {
    const folder = dirname(file.path);
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  const newest = (group: readonly SourceFile[]) => Math.max(...group.map(({ mtimeMs }) => mtimeMs));
  return [...folders]
    .sort(([a, x], [b, y]) => newest(x) - newest(y) || (a < b ? -1 : 1))
    .map(([, group]) => group);
};

/** Reads FOCUS exports (CSV or Parquet), added up per day, resource and label. Never throws: what cannot be read is a fault. */
export const readFocus = async (duck: Duck, source: DataSource): Promise<Focus> => {
  const { faults, relation } = await openRelation(duck, source);
  const none: Focus = { lines: [], otherCurrencies: {}, faults };
  if (relation === null) return none;
  const missing = NEEDED.filter((name) => column(relation, name) === null);
  if (missing.length > 0) return { ...none, faults: [...faults, noFocus(missing)] };
  try {
    const days = new Map<string, readonly CostLine[]>();
    for (const files of exportsOf(relation.files)) {
      const fresh = new Map<string, CostLine[]>();
      for (const line of await readGroup(duck, relation, files))
        fresh.set(line.day, [...(fresh.get(line.day) ?? []), line]);
      for (const [day, lines] of fresh) days.set(day, lines);
    }
    const lines = [...days].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, all]) => all);
    return { lines, otherCurrencies: await currencies(duck, relation), faults };
  } catch (error) {
    const message = `the bill cannot be read: ${plainCause(error)}`;
    return {
      ...none,
      faults: [...faults, { code: "corrupt", subject: "costs", message, fatal: true }],
    };
  }
};

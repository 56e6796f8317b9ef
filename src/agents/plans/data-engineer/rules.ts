import type { ColumnFacts, Facts } from "../../../spec/facts.ts";
import { batchRows, roundOut, roundShare } from "./figures.ts";

/** One quality rule of conf/data.yaml; `<pkg>/validate.py` and the Great Expectations suite execute the same list. */
export interface QualityRule {
  readonly id: string;
  readonly rule:
    | "not_null"
    | "null_share"
    | "range"
    | "instant"
    | "allowed"
    | "unique"
    | "exact_copies"
    | "volume"
    | "period_volume"
    | "jump";
  /** hard: its rows are quarantined and the batch does not pass; warn: reported. */
  readonly severity: "hard" | "warn";
  readonly field?: string;
  readonly fields?: readonly string[];
  readonly low?: number | string;
  readonly high?: number;
  readonly values?: readonly string[];
  readonly bound?: number;
  readonly mean?: number;
  readonly std?: number;
  readonly min_rows?: number;
  readonly frequency?: "D" | "W" | "M" | "Y";
  readonly reason: string;
}

/** Fewer rows than this say nothing about a share. */
export const MIN_ROWS = 100;
/** How far a batch's mean may move, in standard deviations of the column: a medium effect (Cohen 1988). */
const JUMP = 0.5;
/** Added to every measured share besides its sampling error. */
const SHARE_MARGIN = 0.01;
/** Fewer periods than this do not show how much volume varies. */
const MIN_PERIODS = 8;

/** Upper bound of a share in a batch: measured + 3 standard errors at the batch's size + 1 percentage point, at most 1. */
export const shareBound = (share: number, rows: number): number =>
  roundShare(
    Math.min(1, share + 3 * Math.sqrt((share * (1 - share)) / Math.max(rows, 1)) + SHARE_MARGIN),
  );

const isNumeric = (column: ColumnFacts): boolean =>
  column.type === "integer" || column.type === "number";

/** Fields that no row may lack: key, event time and target, as far as the measured data has them everywhere. */
const requiredFields = (facts: Facts): ReadonlySet<string> => {
  const names = new Set([...facts.keys.chosen, facts.target.column, facts.time.column]);
  return new Set(
    facts.profile.columns
      .filter((column) => names.has(column.name) && column.nulls === 0 && column.personal === null)
      .map((column) => column.field),
  );
};

const nullRule = (column: ColumnFacts, facts: Facts, required: boolean): QualityRule => {
  const share = column.nulls / Math.max(facts.profile.rows, 1);
  return required
    ? {
        id: `not_null:${column.field}`,
        rule: "not_null",
        severity: "hard",
        field: column.field,
        reason: "key, event time or target; missing in no measured row",
      }
    : {
        id: `null_share:${column.field}`,
        rule: "null_share",
        severity: "warn",
        field: column.field,
        bound: shareBound(share, batchRows(facts)),
        min_rows: MIN_ROWS,
        reason: `${column.nulls} of ${facts.profile.rows} measured rows are missing; margin for ${batchRows(facts)} rows per batch`,
      };
};

/** Measured extremes widened by the distance of the 1 % and 99 % quantiles; what was never negative stays so. */
const rangeRule = (column: ColumnFacts, hard: boolean): readonly QualityRule[] => {
  if (typeof column.min !== "number" || typeof column.max !== "number") return [];
  const spread = column.quantiles ? column.quantiles.p99 - column.quantiles.p01 : 0;
  const width = spread > 0 ? spread : Math.max(column.max - column.min, Math.abs(column.max), 1);
  const low = roundOut(column.min - width, "down");
  return [
    {
      id: `range:${column.field}`,
      rule: "range",
      severity: hard ? "hard" : "warn",
      field: column.field,
      low: column.min >= 0 ? Math.max(low, 0) : low,
      high: roundOut(column.max + width, "up"),
      reason: `measured ${column.min} to ${column.max}, margin ${width.toPrecision(3)} (1 % to 99 % quantile)`,
    },
  ];
};

const jumpRule = (column: ColumnFacts): readonly QualityRule[] =>
  column.mean === undefined || column.std === undefined || column.std === 0
    ? []
    : [
        {
          id: `jump:${column.field}`,
          rule: "jump",
          severity: "warn",
          field: column.field,
          mean: column.mean,
          std: column.std,
          bound: JUMP,
          min_rows: MIN_ROWS,
          reason: `measured mean ${column.mean.toPrecision(4)}, standard deviation ${column.std.toPrecision(4)}`,
        },
      ];

const instantRule = (column: ColumnFacts, hard: boolean): readonly QualityRule[] => {
  const [first, last] = [Date.parse(String(column.min)), Date.parse(String(column.max))];
  if (Number.isNaN(first) || Number.isNaN(last)) return [];
  const low = new Date(first - Math.max(last - first, 86_400_000)).toISOString().slice(0, 10);
  return [
    {
      id: `instant:${column.field}`,
      rule: "instant",
      severity: hard ? "hard" : "warn",
      field: column.field,
      low,
      reason: `measured from ${String(column.min).slice(0, 10)}; one measured span earlier at most, and not in the future`,
    },
  ];
};

const allowedRule = (column: ColumnFacts, facts: Facts): readonly QualityRule[] => {
  const isTarget = column.field === facts.target.field && facts.target.kind !== "regression";
  const values = column.top?.map((entry) => entry.value) ?? [];
  // A boolean's other values are a matter of its type.
  if (column.type !== "string" || values.length === 0 || values.length < column.distinct) return [];
  return [
    {
      id: `allowed:${column.field}`,
      rule: "allowed",
      severity: isTarget ? "hard" : "warn",
      field: column.field,
      values,
      bound: isTarget ? 0 : SHARE_MARGIN,
      ...(isTarget ? {} : { min_rows: MIN_ROWS }),
      reason: `all ${values.length} values of the measured data`,
    },
  ];
};

const columnRules = (facts: Facts): readonly QualityRule[] => {
  const required = requiredFields(facts);
  const used = new Set(facts.features.map((feature) => feature.source));
  const keys = new Set(facts.keys.chosen);
  return facts.profile.columns
    .filter((column) => column.personal === null)
    .flatMap((column) => {
      const values = isNumeric(column) && !keys.has(column.name);
      const hard = used.has(column.field);
      const dated = column.type === "date" || column.type === "timestamp";
      return [
        nullRule(column, facts, required.has(column.field)),
        ...(values ? [...rangeRule(column, hard), ...jumpRule(column)] : []),
        ...(dated ? instantRule(column, column.field === facts.time.field) : []),
        ...allowedRule(column, facts),
      ];
    });
};

const FREQUENCY = { day: "D", week: "W", month: "M", year: "Y" } as const;

const periodRule = (facts: Facts): readonly QualityRule[] => {
  const { period, perPeriod } = facts.arrival;
  const counts = perPeriod.slice(1, -1).map((entry) => entry.rows);
  if (period === "none" || facts.time.field === null || perPeriod.length < MIN_PERIODS) return [];
  const mean = counts.reduce((sum, rows) => sum + rows, 0) / counts.length;
  const std = Math.sqrt(counts.reduce((sum, rows) => sum + (rows - mean) ** 2, 0) / counts.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return [
    {
      id: "period_volume",
      rule: "period_volume",
      severity: "warn",
      field: facts.time.field,
      frequency: FREQUENCY[period],
      low: Math.max(0, Math.floor(least - std)),
      high: Math.ceil(most + std),
      reason: `${counts.length} complete ${period}s had ${least} to ${most} rows; one standard deviation (${std.toPrecision(3)}) either side`,
    },
  ];
};

const keyRule = (facts: Facts): readonly QualityRule[] => {
  const fields = facts.keys.chosen.flatMap(
    (name) => facts.profile.columns.find((column) => column.name === name)?.field ?? [],
  );
  return fields.length === 0 || facts.keys.duplicates > 0
    ? []
    : [
        {
          id: "unique",
          rule: "unique",
          severity: "hard",
          fields,
          reason: "the measured key repeats in no row",
        },
      ];
};

const copiesRule = (facts: Facts): readonly QualityRule[] => {
  const { rows, duplicateRows } = facts.profile;
  // Without its personal columns a row may equal another one that it differs from.
  if (facts.groups.personal.length > 0) return [];
  return [
    {
      id: "exact_copies",
      rule: "exact_copies",
      severity: "warn",
      bound: shareBound(duplicateRows / Math.max(rows, 1), batchRows(facts)),
      min_rows: MIN_ROWS,
      reason: `${duplicateRows} of ${rows} measured rows repeat another one`,
    },
  ];
};

const tableRules = (facts: Facts): readonly QualityRule[] => {
  const { rows } = facts.profile;
  return [
    {
      id: "volume",
      rule: "volume",
      severity: "hard",
      min_rows: Math.max(1, Math.floor(rows / 2)),
      reason: `half of the ${rows} measured rows; a source that shrinks this much was cut`,
    },
    ...copiesRule(facts),
    ...keyRule(facts),
    ...periodRule(facts),
  ];
};

/** A share that any batch keeps is no rule: a column that is nearly always missing, data that is half copies. */
const canTrip = ({ rule, bound }: QualityRule): boolean =>
  bound === undefined ||
  (rule === "exact_copies" ? bound < 0.5 : rule === "null_share" ? bound < 1 : true);

/** The rules that this dataset's own figures give. Personal columns have none: nothing about their values is written. */
export const qualityRules = (facts: Facts): readonly QualityRule[] =>
  [...columnRules(facts), ...tableRules(facts)].filter(canTrip);

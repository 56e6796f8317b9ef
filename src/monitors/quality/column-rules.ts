import { type CategoricalCounts, MOST_CATEGORIES } from "../profile/categorical-profile.ts";
import { type Counts, rowsOf } from "../profile/merge.ts";
import type { NumericCounts, NumericProfile } from "../profile/numeric-profile.ts";
import type { ColumnProfile, ReferenceProfile, WindowCounts } from "../profile/profile.ts";
import { wilson } from "../stats/intervals.ts";
import type { Broken } from "./rule-verdict.ts";

/** Share of values that are no numbers from which a column is retyped and not merely dirty. */
const RETYPED = 0.5;
/** Share outside the reference's .1–99.9 % range, and share of new categories, above which people are told. */
const MOST_OUTSIDE = 0.01;
const TAIL = 0.001;
/** Rows from which "only one value" says something. */
const TELLING_ROWS = 100;

// Two rows of a hundred may well be chance: the whole interval has to lie above the share.
const isMany = (share: number, rows: number): boolean =>
  wilson(Math.round(share * rows), rows).low > MOST_OUTSIDE;

const percent = (share: number): string =>
  share > 0 && share < 0.001 ? "under .1 %" : `${(100 * share).toFixed(1)} %`;

const cumulate = (cells: Float64Array): Float64Array => {
  const sums = new Float64Array(cells.length);
  let sum = 0;
  for (let i = 0; i < cells.length; i++) {
    sum += cells[i] as number;
    sums[i] = sum;
  }
  return sums;
};

/** Share of a window's values outside the range that holds all but .1 % of the reference at either end. */
export const outsideShare = (profile: NumericProfile, current: NumericCounts): number => {
  const { n } = profile.counts;
  if (n === 0 || current.n === 0) return 0;
  const sums = cumulate(profile.counts.cells);
  const low = sums.findIndex((sum) => sum > TAIL * n);
  const high = sums.findIndex((sum) => sum >= (1 - TAIL) * n);
  let outside = 0;
  for (let i = 0; i < current.cells.length; i++)
    if (i < low || i > high) outside += current.cells[i] as number;
  return outside / current.n;
};

const absent = (field: string): Broken => ({
  subject: field,
  rule: "schema",
  level: "critical",
  reasons: [`${field} is missing from the feed`],
  inhibits: true,
});

const textForNumbers = (field: string, counts: NumericCounts, reference: NumericCounts) => {
  const rows = rowsOf(counts);
  const share = counts.notNumbers / rows;
  if (counts.notNumbers === 0 || share <= reference.notNumbers / Math.max(1, rowsOf(reference)))
    return [];
  const retyped = share >= RETYPED;
  return [
    {
      subject: field,
      rule: retyped ? "schema" : "not_numbers",
      level: retyped ? "critical" : "warning",
      reasons: [
        `${field} should be a number and is text in ${percent(share)} of ${rows} rows`,
        ...(retyped ? ["its type has changed"] : []),
      ],
      evidence: { share, rows },
      inhibits: retyped,
    } satisfies Broken,
  ];
};

const notFinite = (field: string, counts: NumericCounts, reference: NumericCounts) => {
  const found = counts.nan + counts.negInf + counts.posInf;
  const before = reference.nan + reference.negInf + reference.posInf;
  return found === 0 || before > 0
    ? []
    : [
        {
          subject: field,
          rule: "not_finite",
          level: "warning",
          reasons: [
            `${field} holds ${counts.nan} NaN and ${counts.negInf + counts.posInf} infinite values; the reference had none`,
          ],
          evidence: { nan: counts.nan, infinite: counts.negInf + counts.posInf },
        } satisfies Broken,
      ];
};

const outOfRange = (profile: NumericProfile, counts: NumericCounts): readonly Broken[] => {
  const share = outsideShare(profile, counts);
  return !isMany(share, counts.n) || counts.n < TELLING_ROWS
    ? []
    : [
        {
          subject: profile.field,
          rule: "range",
          level: "warning",
          reasons: [
            `${percent(share)} of ${profile.field} lies outside what 99.8 % of the reference held (${counts.min.toPrecision(4)} to ${counts.max.toPrecision(4)} now, ${profile.counts.min.toPrecision(4)} to ${profile.counts.max.toPrecision(4)} then)`,
          ],
          evidence: { share, min: counts.min, max: counts.max },
        },
      ];
};

const newValues = (
  profile: ColumnProfile & { readonly kind: "categorical" },
  counts: CategoricalCounts,
): readonly Broken[] => {
  const share = counts.fresh / Math.max(1, rowsOf(counts));
  const many = profile.distinct > MOST_CATEGORIES;
  return !isMany(share, rowsOf(counts))
    ? []
    : [
        {
          subject: profile.field,
          rule: "domain",
          level: "warning",
          reasons: [
            `${percent(share)} of ${profile.field} are values that the reference never had`,
            ...(many
              ? [`it had ${profile.distinct} values; only the first 1,000 are told apart`]
              : []),
          ],
          evidence: { share, new_values: counts.freshTop },
        },
      ];
};

const oneValue = (profile: ColumnProfile, counts: Counts): readonly Broken[] => {
  const single =
    counts.kind === "numeric"
      ? counts.min === counts.max
      : [...counts.counts, counts.other, counts.fresh].filter((count) => count > 0).length === 1;
  return !single || profile.distinct < 2 || counts.n < TELLING_ROWS
    ? []
    : [
        {
          subject: profile.field,
          rule: "constant",
          level: "warning",
          reasons: [
            `${profile.field} has one value in all ${counts.n} rows; the reference had ${profile.distinct}`,
          ],
          evidence: { rows: counts.n },
          inhibits: true,
        },
      ];
};

const noValue = (profile: ColumnProfile, counts: Counts): readonly Broken[] =>
  counts.n > 0 || rowsOf(counts) === 0 || profile.counts.n === 0
    ? []
    : [
        {
          subject: profile.field,
          rule: "null_rate",
          level: "critical",
          reasons: [`${profile.field} has no value in any of ${rowsOf(counts)} rows`],
          evidence: { share: 1, rows: rowsOf(counts) },
          inhibits: true,
        },
      ];

const columnRules = (profile: ColumnProfile, counts: Counts | undefined): readonly Broken[] => {
  if (!counts) return [absent(profile.field)];
  if (profile.kind === "numeric" && counts.kind === "numeric") {
    const typed = textForNumbers(profile.field, counts, profile.counts);
    if (typed.some(({ inhibits }) => inhibits)) return typed;
    const empty = noValue(profile, counts);
    return empty.length > 0
      ? empty
      : [
          ...typed,
          ...notFinite(profile.field, counts, profile.counts),
          ...outOfRange(profile, counts),
          ...oneValue(profile, counts),
        ];
  }
  if (profile.kind !== "categorical" || counts.kind !== "categorical") return [];
  const empty = noValue(profile, counts);
  return empty.length > 0 ? empty : [...newValues(profile, counts), ...oneValue(profile, counts)];
};

/** Which rules of single columns a window breaks, from exact counts; nothing about how often values occur, that is drift. Never throws. */
export const brokenColumns = (
  profile: ReferenceProfile,
  { counts, rows }: WindowCounts,
): readonly Broken[] =>
  rows === 0
    ? []
    : profile.columns.flatMap((column) => columnRules(column, counts.get(column.field)));

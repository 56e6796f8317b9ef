/** So many categories of the reference are told apart; the rest is OTHER. */
export const MOST_CATEGORIES = 1_000;
/** Beyond the categories that are told apart, so many more values are remembered, to tell NEW from OTHER. */
export const MOST_REST = 20_000;

/** Counts of a categorical column over the categories of one profile. Counters of the same profile add up. */
export interface CategoricalCounts {
  readonly kind: "categorical";
  readonly identity: string;
  /** Rows that hold a value. */
  readonly n: number;
  readonly nulls: number;
  /** One count per category of the profile, in its order. */
  readonly counts: readonly number[];
  /** Values of the reference beyond its told categories; values that could be either where `MOST_REST` was not enough. */
  readonly other: number;
  /** Values that the reference never had. */
  readonly fresh: number;
  /** The most frequent new values, at most five. */
  readonly freshTop: readonly { readonly value: string; readonly count: number }[];
}

/** What is known of a categorical column of the reference. */
export interface CategoricalProfile {
  readonly kind: "categorical";
  readonly field: string;
  readonly identity: string;
  /** By falling count, then by value; at most `MOST_CATEGORIES`. */
  readonly values: readonly string[];
  /** Known values beyond them; null when there were too many to remember. */
  readonly rest: readonly string[] | null;
  readonly counts: CategoricalCounts;
  readonly distinct: number;
}

/** The profile of a reference column from its groups, by falling count; the caller gives at most MOST_CATEGORIES + MOST_REST + 1. */
export const categoricalProfile = (
  field: string,
  identity: string,
  groups: readonly { readonly value: string; readonly count: number }[],
  totals: { readonly n: number; readonly nulls: number; readonly distinct: number },
): CategoricalProfile => {
  const told = groups.slice(0, MOST_CATEGORIES);
  const rest = groups.slice(MOST_CATEGORIES);
  const counted = told.reduce((sum, { count }) => sum + count, 0);
  return {
    kind: "categorical",
    field,
    identity,
    values: told.map(({ value }) => value),
    rest: totals.distinct <= MOST_CATEGORIES + MOST_REST ? rest.map(({ value }) => value) : null,
    counts: {
      kind: "categorical",
      identity,
      n: totals.n,
      nulls: totals.nulls,
      counts: told.map(({ count }) => count),
      other: totals.n - counted,
      fresh: 0,
      freshTop: [],
    },
    distinct: totals.distinct,
  };
};

/** Counts per category with OTHER, NEW and NULL as categories of their own: what the homogeneity test compares. */
export const countVector = (counts: CategoricalCounts): readonly number[] => [
  ...counts.counts,
  counts.other,
  counts.fresh,
  counts.nulls,
];

/** Name of a place in `countVector`. */
export const categoryName = (profile: CategoricalProfile, at: number): string =>
  profile.values[at] ??
  (["other values", "new values", "missing"] as const)[at - profile.values.length] ??
  "?";

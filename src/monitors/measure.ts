/** A statistic with the bounds that are proven for it. `exact` means lo = hi = statistic. */
export interface Statistic {
  readonly statistic: number;
  readonly lo: number;
  readonly hi: number;
  /** Probability of a statistic at least this large without any change, 0 to 1; null where no test is made. */
  readonly p: number | null;
  /** Rows that were compared, after NULL, NaN and infinities were counted apart. */
  readonly n: { readonly reference: number; readonly current: number };
  readonly method: "exact" | "cells" | "group_by" | "asymptotic";
  readonly remarks: readonly string[];
}

/** What a Monitor measured about one subject in one window. Every Measure is kept, healthy or not. */
export interface Measure {
  readonly monitor: string;
  readonly subject: string;
  readonly segment: string | null;
  /** Name of the figure: `ks`, `cramers_v`, `psi`, `js`, `wasserstein`, `null_rate`, `rows`, `roc_auc`, `spend_usd` … */
  readonly name: string;
  /** The figure in the unit its name implies (shares 0 to 1, money in micro-USD). Null where it could not be measured. */
  readonly value: number | null;
  /** Start (inclusive) and end (exclusive) of the window, epoch milliseconds. */
  readonly window: { readonly start: number; readonly end: number };
  /** Rows of the window the figure rests on. */
  readonly rows: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

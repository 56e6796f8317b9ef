import type { Facts } from "../../../spec/facts.ts";

/** Rows that one batch is expected to have: the measured mean per period, else the whole dataset. */
export const batchRows = (facts: Facts): number =>
  Math.max(1, Math.round(facts.arrival.meanRows ?? facts.profile.rows));

/** Rounds a limit away from the data to 3 significant digits, so that rounding never makes it tighter. */
export const roundOut = (value: number, direction: "up" | "down"): number => {
  // Below this the unit itself would round to nothing.
  if (Math.abs(value) < 1e-300 || !Number.isFinite(value)) return value;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 2);
  const rounded = (direction === "up" ? Math.ceil : Math.floor)(value / unit) * unit;
  return Number(rounded.toPrecision(12));
};

/** A share 0..1 with four decimals, rounded up. */
export const roundShare = (share: number): number => Math.min(1, Math.ceil(share * 1e4) / 1e4);

const GRAIN_DAYS = { second: 1, minute: 1, hour: 1, day: 1, month: 31, unknown: 1 } as const;

/** Days that one step of the event time's grain takes, at least one. */
export const grainDays = (facts: Facts): number => GRAIN_DAYS[facts.time.grain];

const PERIOD_DAYS = { day: 1, week: 7, month: 30.4375, year: 365.25, none: null } as const;

/** Days per arrival period; null where the data shows no arrival. */
export const periodDays = (facts: Facts): number | null => PERIOD_DAYS[facts.arrival.period];

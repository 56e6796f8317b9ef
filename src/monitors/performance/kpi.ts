import { spearman } from "../stats/rank-correlation.ts";
import { seededUniforms } from "../stats/seeded.ts";

/** How a business figure moves with a model's: context in the evidence, never a trigger. */
export interface KpiLink {
  /** Spearman's ρ at the lag where it is largest, −1..1. */
  readonly rho: number;
  /** Windows by which the KPI follows the metric; negative: it goes before. */
  readonly lag: number;
  /** How often so large a ρ comes by chance, over all lags, 0..1. */
  readonly p: number;
  readonly windows: number;
  readonly sentence: string;
}

const LEAST_WINDOWS = 30;
const MOST_LAG = 7;
const BLOCK = 7;
const DRAWS = 500;

/** A series without its weekday profile: each value less the mean of its place in the week. */
const withoutWeekday = (values: readonly number[], perWeek: number): readonly number[] =>
  values.map((value, i) => {
    const same = values.filter((_, j) => j % perWeek === i % perWeek);
    return value - same.reduce((sum, v) => sum + v, 0) / same.length;
  });

const strongest = (a: readonly number[], b: readonly number[]) => {
  let best = { rho: 0, lag: 0 };
  for (let lag = -MOST_LAG; lag <= MOST_LAG; lag++) {
    const x = lag >= 0 ? a.slice(0, a.length - lag) : a.slice(-lag);
    const y = lag >= 0 ? b.slice(lag) : b.slice(0, b.length + lag);
    const rho = spearman(x, y) ?? 0;
    if (Math.abs(rho) > Math.abs(best.rho)) best = { rho, lag };
  }
  return best;
};

/** Blocks of a week in another order: what is left is how the series moves by itself. */
const shuffleBlocks = (values: readonly number[], next: () => number): readonly number[] => {
  const blocks: (readonly number[])[] = [];
  for (let at = 0; at < values.length; at += BLOCK) blocks.push(values.slice(at, at + BLOCK));
  for (let i = blocks.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    const [a, b] = [blocks[i] ?? [], blocks[j] ?? []];
    blocks[i] = b;
    blocks[j] = a;
  }
  return blocks.flat();
};

/**
 * Links a metric and a KPI, one value per window each, in order; null with fewer than 30 windows. Significance is that of the largest ρ over
 * lags −7…7, by permuting blocks (monitoring.md 4).
 */
export const linkKpi = (
  metric: readonly number[],
  kpi: readonly number[],
  perWeek = 7,
): KpiLink | null => {
  const windows = Math.min(metric.length, kpi.length);
  if (windows < LEAST_WINDOWS) return null;
  const a = withoutWeekday(metric.slice(0, windows), perWeek);
  const b = withoutWeekday(kpi.slice(0, windows), perWeek);
  const found = strongest(a, b);
  const next = seededUniforms(windows);
  let reached = 1;
  for (let draw = 0; draw < DRAWS; draw++)
    if (Math.abs(strongest(a, shuffleBlocks(b, next)).rho) >= Math.abs(found.rho)) reached += 1;
  const p = reached / (DRAWS + 1);
  const told = p <= 0.05 ? "moves together, which is no proof" : "no link is visible";
  return {
    ...found,
    p,
    windows,
    sentence: `${told} (ρ ${found.rho.toFixed(2)}, p ${p.toFixed(2)})`,
  };
};

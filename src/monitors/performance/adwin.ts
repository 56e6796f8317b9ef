/** Confidence that a cut is no change, buckets per size, and how seldom is looked (monitoring.md 4). */
const DELTA = 0.002;
const MOST_BUCKETS = 5;
const EVERY = 32;
const LEAST_PART = 5;
const LEAST_ALL = 10;

/** Buckets of 2^i values with their sums and variances, newest first. */
interface Row {
  sums: number[];
  variances: number[];
}

/** An adaptive window over losses in 0..1, one per prediction. */
export interface Adwin {
  /** Takes one value; true when the window was cut because its older part differs. */
  readonly add: (value: number) => boolean;
  readonly mean: () => number;
  readonly width: () => number;
}

interface Totals {
  width: number;
  sum: number;
  variance: number;
}

const joinVariance = (n: number, a: number, va: number, m: number, b: number, vb: number): number =>
  va + vb + ((n * m) / (n + m)) * (a / n - b / m) ** 2;

const insert = (rows: Row[], totals: Totals, value: number): void => {
  const first = rows[0] ?? { sums: [], variances: [] };
  rows[0] = first;
  if (totals.width > 0)
    totals.variance +=
      (totals.width / (totals.width + 1)) * (value - totals.sum / totals.width) ** 2;
  first.sums.unshift(value);
  first.variances.unshift(0);
  totals.width += 1;
  totals.sum += value;
};

/** When a size has one bucket too many, its two oldest become one of the next size. */
const compress = (rows: Row[]): void => {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!row || row.sums.length <= MOST_BUCKETS) return;
    const size = 2 ** i;
    const [b = 0, a = 0] = [row.sums.pop(), row.sums.pop()];
    const [vb = 0, va = 0] = [row.variances.pop(), row.variances.pop()];
    const next = rows[i + 1] ?? { sums: [], variances: [] };
    rows[i + 1] = next;
    next.sums.unshift(a + b);
    next.variances.unshift(joinVariance(size, a, va, size, b, vb));
  }
};

const dropOldest = (rows: Row[], totals: Totals): void => {
  const at = rows.length - 1;
  const row = rows[at];
  if (!row) return;
  const size = 2 ** at;
  const [sum = 0, variance = 0] = [row.sums.pop(), row.variances.pop()];
  const rest = totals.width - size;
  const gap =
    rest > 0 ? ((size * rest) / totals.width) * (sum / size - (totals.sum - sum) / rest) ** 2 : 0;
  totals.width = rest;
  totals.sum -= sum;
  totals.variance = Math.max(0, totals.variance - variance - gap);
  if (row.sums.length === 0) rows.pop();
};

const differs = (n0: number, s0: number, totals: Totals): boolean => {
  const n1 = totals.width - n0;
  if (n0 < LEAST_PART || n1 < LEAST_PART) return false;
  const gap = Math.abs(s0 / n0 - (totals.sum - s0) / n1);
  const d = Math.log((2 * Math.log(totals.width)) / DELTA);
  const m = 1 / (n0 - LEAST_PART + 1) + 1 / (n1 - LEAST_PART + 1);
  const v = totals.variance / totals.width;
  return gap > Math.sqrt(2 * m * v * d) + (2 / 3) * d * m;
};

/** True when some cut between an older and a newer part shows two different means. */
const hasChange = (rows: readonly Row[], totals: Totals): boolean => {
  let [n, sum] = [0, 0];
  for (let i = rows.length - 1; i >= 0; i--) {
    const sums = rows[i]?.sums ?? [];
    for (let j = sums.length - 1; j >= 0; j--) {
      n += 2 ** i;
      sum += sums[j] ?? 0;
      if (differs(n, sum, totals)) return true;
    }
  }
  return false;
};

/** ADWIN with δ .002, checked every 32 values. Source: Bifet and Gavaldà 2007. */
export const createAdwin = (): Adwin => {
  const rows: Row[] = [];
  const totals: Totals = { width: 0, sum: 0, variance: 0 };
  let seen = 0;
  return {
    add: (value) => {
      insert(rows, totals, value);
      compress(rows);
      seen += 1;
      if (seen % EVERY !== 0 || totals.width < LEAST_ALL) return false;
      let changed = false;
      while (totals.width >= LEAST_ALL && hasChange(rows, totals)) {
        dropOldest(rows, totals);
        changed = true;
      }
      return changed;
    },
    mean: () => (totals.width === 0 ? 0 : totals.sum / totals.width),
    width: () => totals.width,
  };
};

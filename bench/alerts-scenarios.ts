import { seededUniforms } from "../src/monitors/stats/seeded.ts";

/** One numeric or categorical value of one feature in one window. */
export interface Scenario {
  readonly name: string;
  /** True where nothing that should be told happens: any Incident is false. */
  readonly clean: boolean;
  readonly referenceRows: number;
  /** Rows of window `at`. */
  readonly rows: (at: number) => number;
  /** Value of feature `f` in window `at`; window −1 is the reference. Numeric features give numbers, the others words. */
  readonly value: (f: number, at: number, u: () => number, level: number) => number | string;
  /** First window of the change and the features that it concerns; null where there is none. */
  readonly change: { readonly from: number; readonly features: readonly number[] } | null;
  /** Autocorrelation of the level between windows, 0..1, and its spread in σ. */
  readonly level: { readonly rho: number; readonly spread: number };
}

const normal = (u: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - u())) * Math.cos(2 * Math.PI * u());

/** Features 0–3 normal, 4–5 log-normal, 6 Pareto, 7 integer, 8 of 3 categories, 9 of 30. */
export const FEATURES = 10;
const CATEGORICAL = [8, 9];

const plain = (f: number, u: () => number, shift = 0, scale = 1): number | string => {
  if (f < 4) return scale * normal(u) + shift;
  if (f < 6) return Math.exp(scale * normal(u) + shift);
  if (f === 6) return (1 - u()) ** (-1 / 2.1) * (1 + shift);
  if (f === 7) return Math.floor(scale * 10 * normal(u) + 10 * shift + 50);
  const k = f === 8 ? 3 : 30;
  return `c${Math.floor(k * u() ** (1 + shift))}`;
};

const NONE = { rho: 0, spread: 0 };
const FROM = 30;
const some = (features: readonly number[]) => ({ from: FROM, features });
const base = { clean: true, referenceRows: 10_000, rows: () => 1_000, change: null, level: NONE };

const shifted = (name: string, shift: number): Scenario => ({
  ...base,
  name,
  clean: false,
  change: some([0, 4, 8]),
  value: (f, at, u) => plain(f, u, at >= FROM && [0, 4, 8].includes(f) ? shift : 0),
});

/** What the false-alarm benchmark plays; three windows a day. Reported as missed, not as a failure: what one feature alone cannot show. */
export const SCENARIOS: readonly Scenario[] = [
  { ...base, name: "no change", value: (f, _, u) => plain(f, u) },
  {
    ...base,
    name: "no change, reference of 1,000 rows",
    referenceRows: 1_000,
    value: (f, _, u) => plain(f, u),
  },
  {
    ...base,
    name: "no change, windows of 300 rows",
    rows: () => 300,
    value: (f, _, u) => plain(f, u),
  },
  {
    ...base,
    name: "10× volume swings",
    rows: (at) => (at % 3 === 0 ? 3_000 : 300),
    value: (f, _, u) => plain(f, u),
  },
  {
    ...base,
    name: "slow wandering, ρ .5, a fiftieth σ",
    level: { rho: 0.5, spread: 0.02 },
    value: (f, _, u, level) => plain(f, u, level),
  },
  {
    ...base,
    name: "ties: everything rounded",
    value: (f, _, u) => {
      const value = plain(f, u);
      return typeof value === "number" ? Math.round(value) : value;
    },
  },
  shifted("shift of .1 σ", 0.1),
  shifted("shift of .25 σ", 0.25),
  shifted("shift of .5 σ", 0.5),
  {
    ...base,
    name: "spread × 1.2",
    clean: false,
    change: some([0, 4]),
    value: (f, at, u) => plain(f, u, 0, at >= FROM && [0, 4].includes(f) ? 1.2 : 1),
  },
  {
    ...base,
    name: "ramp to .5 σ over 14 days",
    clean: false,
    change: some([0, 4]),
    value: (f, at, u) =>
      plain(f, u, [0, 4].includes(f) ? 0.5 * Math.min(1, Math.max(0, (at - FROM) / 42)) : 0),
  },
  {
    ...base,
    name: "new category of 1 %",
    clean: false,
    change: some([8]),
    value: (f, at, u) => (f === 8 && at >= FROM && u() < 0.01 ? "new" : plain(f, u)),
  },
];

/** Values of one feature in one window, the same each time. */
export const drawWindow = (
  scenario: Scenario,
  seed: number,
  f: number,
  at: number,
): readonly (number | string)[] => {
  const u = seededUniforms(
    Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(f + 7, 0x85ebca6b) ^ Math.imul(at + 11, 0xc2b2ae35),
  );
  const rows = at < 0 ? scenario.referenceRows : scenario.rows(at);
  const { rho, spread } = scenario.level;
  let level = 0;
  if (spread > 0 && at >= 0) {
    const walk = seededUniforms(seed * 31 + f);
    for (let i = 0; i <= at; i++)
      level = rho * level + Math.sqrt(1 - rho * rho) * spread * normal(walk);
  }
  return Array.from({ length: rows }, () => scenario.value(f, at, u, level));
};

/** True for a feature of words. */
export const isCategorical = (f: number): boolean => CATEGORICAL.includes(f);

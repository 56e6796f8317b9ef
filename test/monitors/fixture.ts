import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createCollector } from "../../src/monitors/profile/collect-column.ts";
import { createNumericCounter } from "../../src/monitors/profile/numeric-counter.ts";
import {
  type NumericCounts,
  type NumericProfile,
  numericProfile,
} from "../../src/monitors/profile/numeric-profile.ts";
import { seeded } from "./tables.ts";

/** How a large sample is made; `bench/fixtures/make.py` makes the same one. */
interface SeededSample {
  readonly kind: string;
  readonly seed: number;
  readonly n: number;
  readonly shift: number;
}

interface NumericAnswers {
  readonly name: string;
  readonly n: readonly [number, number];
  readonly ks: number;
  readonly p_asymptotic: number;
  readonly p_exact: number | null;
  readonly psi: number;
  readonly js: number;
  readonly wasserstein: number;
  readonly sigma: number;
  readonly deciles: readonly number[];
}

interface Fixture {
  readonly numeric: readonly (NumericAnswers & {
    readonly reference: readonly (number | null)[];
    readonly current: readonly (number | null)[];
  })[];
  readonly seeded: readonly (NumericAnswers & {
    readonly reference: SeededSample;
    readonly current: SeededSample;
  })[];
  readonly categorical: readonly {
    readonly name: string;
    readonly reference: readonly number[];
    readonly current: readonly number[];
    readonly chi2: number;
    readonly df: number;
    readonly p: number;
    readonly v: number;
  }[];
  readonly discovery: readonly {
    readonly p: readonly number[];
    readonly usual: readonly number[];
    readonly strong: readonly number[];
  }[];
  readonly tails: readonly {
    readonly x: number;
    readonly df: number;
    readonly central: number;
    readonly noncentral: number;
  }[];
}

/** Inputs and scipy's answers; the file says with which versions. */
export const readFixture = (): Fixture =>
  JSON.parse(readFileSync(join(process.cwd(), "bench", "fixtures", "drift.json"), "utf8"));

const draw = (kind: string, next: () => number, shift: number): number => {
  const bell = () => next() + next() + next() + next();
  if (kind === "bell") return bell() - 2 + shift;
  if (kind === "skewed") {
    const sum = bell();
    return sum * sum * sum * (1 + shift);
  }
  const u = next();
  if (kind === "pareto1") return (1 / (1 - u)) * (1 + shift);
  if (kind === "pareto2") return (1 / Math.sqrt(1 - u)) * (1 + shift);
  if (kind === "integer") return Math.floor(u * 1000) + shift;
  return Math.floor(u * 500) / 100 + shift;
};

/** The values of a seeded sample. */
export const sampleOf = ({ kind, n, seed, shift }: SeededSample): Float64Array => {
  const next = seeded(seed);
  return Float64Array.from({ length: n }, () => draw(kind, next, shift));
};

/** Finite values in order; NULL as NaN's place is left out. */
export const finite = (values: readonly (number | null)[]): Float64Array =>
  Float64Array.from(values.flatMap((value) => (value === null ? [] : [value + 0])));

/** The profile of a column and the counts of a window of it, made as the counting pass makes them. */
export const profileAndCounts = (
  reference: Float64Array,
  current: Float64Array,
): { readonly profile: NumericProfile; readonly counts: NumericCounts } => {
  const collector = createCollector(reference.length);
  collector.add({ items: reference, valid: null, rows: reference.length });
  const profile = numericProfile("x", "x", collector.values(), collector.apart(0));
  const counter = createNumericCounter(profile);
  counter.add({ items: current, valid: null, rows: current.length });
  return { profile, counts: counter.counts() };
};

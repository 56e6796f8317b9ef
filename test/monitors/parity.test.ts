import { describe, expect, test } from "vitest";
import { binShares, ksBounds, wassersteinBounds } from "../../src/monitors/profile/ks-bounds.ts";
import { adjusted } from "../../src/monitors/stats/discovery.ts";
import { chiSquaredTail, noncentralTail } from "../../src/monitors/stats/gamma.ts";
import { homogeneity } from "../../src/monitors/stats/homogeneity.ts";
import { ksAsymptoticP, ksExactP } from "../../src/monitors/stats/ks-p.ts";
import { jensenShannon, psi } from "../../src/monitors/stats/shares.ts";
import { sortDoubles } from "../../src/monitors/stats/sort-doubles.ts";
import { sortedDistances } from "../../src/monitors/stats/sorted-distances.ts";
import { finite, profileAndCounts, readFixture, sampleOf } from "./fixture.ts";

const fixture = readFixture();
/** Distance relative to the size of `expected`, which may be 0. */
const relative = (got: number, expected: number): number =>
  expected === 0 ? Math.abs(got) : Math.abs(got - expected) / Math.abs(expected);

type Answers = (typeof fixture.numeric)[number] | (typeof fixture.seeded)[number];

const samplesOf = (one: Answers): readonly [Float64Array, Float64Array] =>
  "kind" in one.reference
    ? [sampleOf(one.reference), sampleOf(one.current as (typeof fixture.seeded)[number]["current"])]
    : [finite(one.reference), finite(one.current as readonly (number | null)[])];

const checkDistances = (one: Answers, a: Float64Array, b: Float64Array): void => {
  const { profile, counts } = profileAndCounts(a, b);
  const found = sortedDistances(sortDoubles(a.slice()), sortDoubles(b.slice()));
  expect(found.ks).toBe(one.ks);
  expect(relative(profile.sigma, one.sigma)).toBeLessThanOrEqual(1e-12);
  const w1 = found.wasserstein / Math.max(one.sigma, 0.001);
  expect(relative(w1, one.wasserstein)).toBeLessThanOrEqual(1e-12);
  expect(profile.psiEdges).toEqual(one.deciles);
  const [p, q] = [binShares(profile, profile.counts), binShares(profile, counts)];
  expect(Math.abs(psi(p, q) - one.psi)).toBeLessThanOrEqual(1e-12);
  expect(Math.abs(jensenShannon(p, q) - one.js)).toBeLessThanOrEqual(1e-12);
  const bounds = ksBounds(profile.counts, counts);
  expect(bounds.lo).toBeLessThanOrEqual(one.ks);
  expect(bounds.hi).toBeGreaterThanOrEqual(one.ks);
  const moved = wassersteinBounds(profile.edges, profile.counts, counts);
  expect(moved.lo).toBeLessThanOrEqual(found.wasserstein * (1 + 1e-9));
  expect(moved.hi).toBeGreaterThanOrEqual(found.wasserstein * (1 - 1e-9));
};

const checkP = ({ ks, n, p_asymptotic, p_exact }: Answers): void => {
  const [r, c] = n;
  const size = (r * c) / (r + c);
  if (p_exact === null || p_exact < 1e-12)
    expect(Math.abs(ksAsymptoticP(r, c, ks) - p_asymptotic)).toBeLessThanOrEqual(0.025 / size);
  else expect(relative(ksExactP(r, c, Math.round(ks * r * c)), p_exact)).toBeLessThanOrEqual(1e-12);
};

describe("numbers agree with scipy", () => {
  for (const one of fixture.numeric) {
    test(`numeric: ${one.name}`, () => {
      const [a, b] = samplesOf(one);
      checkDistances(one, a, b);
      checkP(one);
    });
  }

  for (const one of fixture.seeded) {
    test(`numeric, seeded: ${one.name}`, { timeout: 60_000 }, () => {
      const [a, b] = samplesOf(one);
      checkDistances(one, a, b);
      checkP(one);
      if (one.n[0] < 50_000) return;
      const discrete = "kind" in one.reference && /integer|rounded/.test(one.reference.kind);
      const { counts, profile } = profileAndCounts(a, b);
      const { hi, lo } = ksBounds(profile.counts, counts);
      expect(hi - lo).toBeLessThanOrEqual((discrete ? 2.6e-4 : 1 / 2000) + 1e-12);
    });
  }

  for (const one of fixture.categorical) {
    test(`categories: ${one.name}`, () => {
      const found = homogeneity(one.reference, one.current);
      expect(found.df).toBe(one.df);
      expect(relative(found.chiSquared, one.chi2)).toBeLessThanOrEqual(1e-12);
      expect(relative(found.p, one.p)).toBeLessThanOrEqual(1e-10);
      expect(Math.abs(found.v - one.v)).toBeLessThanOrEqual(1e-12);
    });
  }

  test("false-discovery control adjusts p-values as scipy does", () => {
    for (const { p, strong, usual } of fixture.discovery) {
      for (const [i, value] of adjusted(p).entries())
        expect(relative(value, usual[i] ?? 0)).toBeLessThan(1e-12);
      for (const [i, value] of adjusted(p, "strong").entries())
        expect(relative(value, strong[i] ?? 0)).toBeLessThan(1e-12);
    }
  });

  test("tails of χ², central and noncentral, agree with scipy", () => {
    for (const { central, df, noncentral, x } of fixture.tails) {
      expect(relative(chiSquaredTail(x, df), central)).toBeLessThanOrEqual(1e-10);
      expect(Math.abs(noncentralTail(x, df, 9.5) - noncentral)).toBeLessThanOrEqual(1e-10);
    }
  });
});

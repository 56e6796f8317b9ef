import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openDuck } from "../../src/data/duck.ts";
import { cellFinder, cellOf } from "../../src/monitors/profile/cell-finder.ts";
import { decodeCounts, encodeCounts } from "../../src/monitors/profile/codec.ts";
import { ksBounds, wassersteinBounds } from "../../src/monitors/profile/ks-bounds.ts";
import { mergeCounts } from "../../src/monitors/profile/merge.ts";
import { createNumericCounter } from "../../src/monitors/profile/numeric-counter.ts";
import { type NumericProfile, numericProfile } from "../../src/monitors/profile/numeric-profile.ts";
import { scanDoubles } from "../../src/monitors/source/scan.ts";
import { adjusted } from "../../src/monitors/stats/discovery.ts";
import { fisherP, isRare } from "../../src/monitors/stats/fisher.ts";
import { homogeneity } from "../../src/monitors/stats/homogeneity.ts";
import { ksP } from "../../src/monitors/stats/ks-p.ts";
import { psi } from "../../src/monitors/stats/shares.ts";
import { sortDoubles } from "../../src/monitors/stats/sort-doubles.ts";
import { sortedDistances } from "../../src/monitors/stats/sorted-distances.ts";
import { profileAndCounts } from "./fixture.ts";
import { writeTable } from "./tables.ts";

const NONE = { nulls: 0, nan: 0, negInf: 0, posInf: 0, notNumbers: 0 };
/** Any finite double, also with many ties. */
const values = (least = 1) =>
  fc
    .oneof(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
        minLength: least,
        maxLength: 80,
      }),
      fc.array(fc.integer({ min: -3, max: 3 }), { minLength: least, maxLength: 200 }),
    )
    .map((list) => Float64Array.from(list));
const profileOf = (list: Float64Array): NumericProfile =>
  numericProfile("x", "id", list.slice(), NONE);
const count = (profile: NumericProfile, items: Float64Array) => {
  const counter = createNumericCounter(profile);
  counter.add({ items, valid: null, rows: items.length });
  return counter.counts();
};

describe("the kernel, whatever the values", () => {
  test("a value's cell is the edge it equals, or the open interval it lies in", () => {
    fc.assert(
      fc.property(values(), values(), (edgesFrom, list) => {
        const edges = Float64Array.from(new Set(edgesFrom.map((v) => v + 0))).sort();
        const finder = cellFinder(edges);
        for (const v of list) {
          const cell = cellOf(finder, v);
          const below = edges.filter((edge) => edge < v).length;
          expect(cell).toBe(edges.includes(v + 0) ? 2 * below + 1 : 2 * below);
        }
      }),
    );
  });

  test("the true distances lie within the bounds", () => {
    fc.assert(
      fc.property(values(), values(), (a, b) => {
        const { counts, profile } = profileAndCounts(a, b);
        const exact = sortedDistances(
          sortDoubles(a.map((v) => v + 0)),
          sortDoubles(b.map((v) => v + 0)),
        );
        const ks = ksBounds(profile.counts, counts);
        expect(ks.lo).toBeLessThanOrEqual(exact.ks);
        expect(ks.hi).toBeGreaterThanOrEqual(exact.ks);
        const w1 = wassersteinBounds(profile.edges, profile.counts, counts);
        const slack = 1e-9 * (Math.abs(exact.wasserstein) + Number.MIN_VALUE);
        if (!Number.isFinite(w1.hi) || !Number.isFinite(exact.wasserstein)) return;
        expect(w1.lo - slack).toBeLessThanOrEqual(exact.wasserstein);
        expect(w1.hi + slack).toBeGreaterThanOrEqual(exact.wasserstein);
      }),
    );
  });

  test("counters of two windows add up to the counter of both", () => {
    fc.assert(
      fc.property(values(), values(0), values(0), (reference, a, b) => {
        const profile = profileOf(reference);
        const both = count(profile, Float64Array.from([...a, ...b]));
        const merged = mergeCounts(count(profile, a), count(profile, b));
        expect({ ...merged, sum: 0 }).toEqual({ ...both, sum: 0 });
        expect(mergeCounts(count(profile, b), count(profile, a))).toMatchObject({ n: both.n });
      }),
    );
  });

  test("counters survive being stored", () => {
    fc.assert(
      fc.property(values(), values(0), (reference, a) => {
        const counts = count(profileOf(reference), a);
        const window = { rows: a.length, counts: new Map([["x", counts] as const]) };
        expect(decodeCounts(encodeCounts(window))).toEqual(window);
      }),
    );
  });

  test("sorting orders as numbers do", () => {
    fc.assert(
      fc.property(values(0), fc.integer({ min: 1, max: 4 }), (list, power) => {
        const long = Float64Array.from(
          { length: list.length * 10 ** power },
          (_, i) => list[i % list.length] as number,
        );
        expect(sortDoubles(long.slice())).toEqual(long.slice().sort());
      }),
      { numRuns: 30 },
    );
  });

  test("effects and p-values stay in 0..1, and equal counts are no change", () => {
    const counts = fc.array(fc.nat(500), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(counts, counts, (r, c) => {
        const k = Math.min(r.length, c.length);
        const [a, b] = [
          [...r.slice(0, k), 1],
          [...c.slice(0, k), 1],
        ];
        const found = homogeneity(a, b);
        expect(found.v).toBeGreaterThanOrEqual(0);
        expect(found.v).toBeLessThanOrEqual(1);
        expect(found.p).toBeGreaterThanOrEqual(0);
        expect(found.p).toBeLessThanOrEqual(1);
        expect(homogeneity(a, a)).toMatchObject({ v: 0 });
      }),
    );
  });

  test("a larger distance never has a larger p", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 150 }),
        fc.integer({ min: 2, max: 150 }),
        fc.nat(1000),
        (n, m, k) => {
          const [small, large] = [k / 2000, k / 1000];
          expect(ksP(n, m, large).p).toBeLessThanOrEqual(ksP(n, m, small).p + 1e-12);
        },
      ),
    );
  });

  test("adjusting never lowers a p-value and keeps their order", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }), (p) => {
        const found = adjusted(p);
        for (const [i, value] of found.entries()) {
          expect(value).toBeGreaterThanOrEqual(p[i] ?? 0);
          for (const [j, other] of found.entries())
            if ((p[i] ?? 0) < (p[j] ?? 0)) expect(value).toBeLessThanOrEqual(other);
        }
      }),
    );
  });
});

describe("edge cases and bugs met before", () => {
  test("a share that was nought is tested exactly: χ² would pool the very category that is asked about", () => {
    expect(isRare(0, 3_000, 20, 200)).toBe(true);
    // scipy.stats.fisher_exact([[2980, 20], [180, 20]]) and [[8, 2], [1, 5]]
    expect(fisherP(20, 3_000, 20, 200) / 1.492921065225344e-14).toBeCloseTo(1, 9);
    expect(fisherP(2, 10, 5, 6)).toBeCloseTo(0.034965034965034975, 12);
    expect(fisherP(3, 100, 3, 100)).toBe(1);
  });

  const compare = (a: number[], b: number[]) => {
    const { counts, profile } = profileAndCounts(Float64Array.from(a), Float64Array.from(b));
    return ksBounds(profile.counts, counts);
  };

  test("constant and equal is no distance, constant and another value is the largest", () => {
    expect(compare(Array(200).fill(3), Array(150).fill(3))).toEqual({ lo: 0, hi: 0 });
    expect(ksP(200, 150, 0).p).toBe(1);
    expect(compare(Array(200).fill(3), Array(150).fill(4))).toEqual({ lo: 1, hi: 1 });
  });

  test("minus zero is zero: DuckDB rounds −0.001 to it, which moved lo above D", () => {
    const a = [-0, 0, 0, 1, 2];
    const b = [0, -0, 1, 1, 2];
    const exact = sortedDistances(
      Float64Array.from(a, (v) => v + 0).sort(),
      Float64Array.from(b, (v) => v + 0).sort(),
    );
    expect(compare(a, b)).toEqual({ lo: exact.ks, hi: exact.ks });
  });

  test("deciles are cut at i·(1/10), as numpy's callers cut them", () => {
    const reference = Float64Array.from({ length: 1_000 }, (_, i) => i / 7);
    const { profile } = profileAndCounts(reference, reference);
    const h = 999 * (3 * (1 / 10));
    const k = Math.floor(h);
    const [a, b] = [reference[k] as number, reference[k + 1] as number];
    expect(profile.psiEdges[2]).toBe(b - (b - a) * (1 - (h - k)));
    expect(psi([0.5, 0.5], [0.5, 0.5])).toBe(0);
  });

  test("ties are counted on the edge itself, so that integers leave nothing open", () => {
    const list = (mean: number) => Array.from({ length: 3_000 }, (_, i) => (i * 7919 + mean) % 23);
    const bounds = compare(list(0), list(5).slice(0, 1_000));
    expect(bounds.hi).toBe(bounds.lo);
  });

  test("NaN and infinities are counted apart and reach no cell", () => {
    const profile = profileOf(Float64Array.from([1, 2, 3]));
    const found = count(
      profile,
      Float64Array.from([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2]),
    );
    expect(found).toMatchObject({ n: 1, nan: 1, posInf: 1, negInf: 1, min: 2, max: 2 });
    expect(found.cells.reduce((sum, one) => sum + one, 0)).toBe(1);
  });

  test("a CSV keeps every digit of a double on its way to the kernel", {
    timeout: 20_000,
  }, async () => {
    const dir = mkdtempSync(join(tmpdir(), "mlpipeline-digits-"));
    const duck = await openDuck({ memoryMb: 256, threads: 1 });
    try {
      const list = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -2.5e-9, 123456789.12345679];
      const file = await writeTable(
        join(dir, "x.csv"),
        `SELECT unnest([${list.map((v) => `${v}::DOUBLE`).join(", ")}]) AS x`,
      );
      const got: number[] = [];
      await scanDoubles(
        duck,
        `SELECT x FROM read_csv('${file}', types = {'x': 'DOUBLE'})`,
        1,
        (_, batch) => got.push(...batch.items.subarray(0, batch.rows)),
      );
      expect(got).toEqual(list);
    } finally {
      duck.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test("missing values are told from the validity bits, over several chunks", {
    timeout: 20_000,
  }, async () => {
    const duck = await openDuck({ memoryMb: 256, threads: 2 });
    try {
      const profile = profileOf(Float64Array.from([0, 1, 2, 3, 4]));
      const counter = createNumericCounter(profile);
      const sql =
        "SELECT CASE WHEN i % 7 = 0 THEN NULL WHEN i % 7 = 1 THEN 'nan'::DOUBLE ELSE (i % 5)::DOUBLE END FROM range(70000) t(i)";
      await scanDoubles(duck, sql, 1, (_, batch) => counter.add(batch));
      expect(counter.counts()).toMatchObject({ nulls: 10_000, nan: 10_000, n: 50_000 });
    } finally {
      duck.close();
    }
  });
});

import type { Measure } from "../measure.ts";
import { adjusted } from "../stats/discovery.ts";
import { createVisibleAssociation, visibleDistance } from "../stats/visible.ts";
import { type DriftPolicy, NULL_FLOOR } from "./drift-policy.ts";

/** A drift Measure, read: what its test says and how large the effect is. */
export interface DriftTest {
  readonly measure: Measure;
  readonly kind: "ks" | "cramers_v" | "null_rate";
  readonly p: number;
  readonly effect: number;
  /** Upper bound of the effect: above `effect` where counting left it open. */
  readonly effectHigh: number;
  readonly rows: { readonly reference: number; readonly current: number };
  readonly df: number;
  readonly floor: number;
  readonly direction: "up" | "down" | null;
}

/** A test after the false-discovery rate was shared out. */
export interface Judged extends DriftTest {
  readonly adjustedP: number;
  readonly candidate: boolean;
  /** Smallest effect that these rows show with power .9, at this window's number of tests. */
  readonly visible: number;
}

const KIND = /^(ks|cramers_v|null_rate)(_pooled|_grown)?$/;

const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

const rowsOf = (value: unknown): DriftTest["rows"] => {
  const { current, reference } = (value ?? {}) as Partial<DriftTest["rows"]>;
  return { reference: number(reference) ?? 0, current: number(current) ?? 0 };
};

const readTest = (measure: Measure, policy: DriftPolicy): DriftTest | null => {
  const kind = KIND.exec(measure.name)?.[1] as DriftTest["kind"] | undefined;
  const { direction, df, effect, hi, n, p } = measure.detail;
  const [p0, effect0] = [number(p), number(effect)];
  if (kind === undefined || p0 === null || effect0 === null) return null;
  return {
    measure,
    kind,
    p: p0,
    effect: effect0,
    effectHigh: kind === "ks" ? (number(hi) ?? effect0) : effect0,
    rows: rowsOf(n),
    df: number(df) ?? 1,
    floor: kind === "null_rate" ? NULL_FLOOR : (policy.floors[measure.subject] ?? policy.floor),
    direction: direction === "up" || direction === "down" ? direction : null,
  };
};

/** The tests among Measures whose names carry `suffix` ("" for the window itself). */
export const readTests = (
  measures: readonly Measure[],
  policy: DriftPolicy,
  suffix: "" | "_pooled" | "_grown" = "",
): readonly DriftTest[] =>
  measures.flatMap((measure) => {
    const test =
      KIND.exec(measure.name)?.[2] === (suffix || undefined) ? readTest(measure, policy) : null;
    return test ? [test] : [];
  });

/** Smallest visible effect of tests that share a level. */
const createVisible = (alpha: number): ((test: DriftTest) => number) => {
  const association = createVisibleAssociation(alpha);
  return ({ df, kind, rows }) => {
    const { current, reference } = rows;
    if (current === 0 || reference === 0) return 1;
    if (kind === "ks") return visibleDistance(reference, current, alpha);
    // The arc-sine effect of a share is twice its V.
    return association(reference, current, df) * (kind === "null_rate" ? 2 : 1);
  };
};

const wrongWay = (test: DriftTest, policy: DriftPolicy): boolean =>
  test.kind === "ks" &&
  policy.direction !== "both" &&
  test.direction !== null &&
  test.direction !== policy.direction;

/** True when both sides hold the rows that a verdict needs. */
export const enoughRows = ({ rows }: DriftTest, policy: DriftPolicy): boolean =>
  Math.min(rows.current, rows.reference) >= policy.minRows;

/**
 * Shares the rate `q` out over the tests that have rows enough and says which are candidates: significant, and at least `scale` times
 * their floor. Tests without rows enough are never candidates and take no part.
 */
export const judgeTests = (
  tests: readonly DriftTest[],
  policy: DriftPolicy,
  q: number,
  scale = 1,
): readonly Judged[] => {
  const taking = tests.filter((test) => enoughRows(test, policy));
  const values = adjusted(
    taking.map(({ p }) => p),
    policy.dependence,
  );
  // What could have been seen is told for the window's own tests; the looser ones only decide.
  const visibleOf = scale < 1 ? null : createVisible(q / Math.max(1, taking.length));
  return tests.map((test) => {
    const at = taking.indexOf(test);
    const adjustedP = at < 0 ? 1 : (values[at] ?? 1);
    const candidate =
      at >= 0 && adjustedP <= q && test.effect >= scale * test.floor && !wrongWay(test, policy);
    return { ...test, adjustedP, candidate, visible: visibleOf?.(test) ?? 1 };
  });
};

/**
 * Columns whose decision depends on what counting left open: the true effect may lie on the other side of the floor or of the
 * false-discovery cut. They are to be read exactly.
 */
export const undecided = (
  measures: readonly Measure[],
  policy: DriftPolicy,
  pOf: (test: DriftTest, effect: number) => number,
): readonly string[] => {
  const low = readTests(measures, policy);
  const high = low.map((test) => ({
    ...test,
    effect: test.effectHigh,
    p: test.effectHigh > test.effect ? pOf(test, test.effectHigh) : test.p,
  }));
  const limits = [
    [policy.falseDiscovery, 1],
    [policy.resolveDiscovery, policy.resolveFloor],
  ] as const;
  const differing = limits.flatMap(([q, scale]) => {
    const a = judgeTests(low, policy, q, scale);
    const b = judgeTests(high, policy, q, scale);
    return a.flatMap((one, i) =>
      one.candidate === b[i]?.candidate || one.effectHigh === one.effect
        ? []
        : [one.measure.subject],
    );
  });
  return [...new Set(differing)];
};

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DRIFT_DEFAULTS, type DriftPolicy } from "../../src/monitors/drift/drift-policy.ts";
import { judgeDrift } from "../../src/monitors/drift/judge-drift.ts";
import { type History, remember } from "../../src/monitors/history.ts";
import type { Measure } from "../../src/monitors/measure.ts";
import type { Verdict } from "../../src/monitors/verdict.ts";
import { poolSize, promiseOf, weekPlace, windowLength } from "../../src/monitors/window.ts";

const HOUR = 3_600_000;
const LENGTH = 8 * HOUR;

/** What one window shows of one feature: how large, how sure. */
interface Shown {
  readonly effect: number;
  readonly p: number;
  readonly rows?: number;
  readonly pooled?: { readonly effect: number; readonly p: number };
}

const measure = (
  name: string,
  at: number,
  subject: string,
  { effect, p, rows = 1_000 }: Shown,
): Measure => ({
  monitor: "m",
  subject,
  segment: null,
  name,
  value: effect,
  window: { start: at * LENGTH, end: (at + 1) * LENGTH },
  rows,
  detail: {
    effect,
    hi: effect,
    p,
    n: { reference: 10_000, current: rows },
    direction: "up",
    mean: { reference: 0, current: 1 },
  },
});

const NO_CONTEXT = {
  inhibited: new Map<string, string>(),
  harm: null as string | null,
  restated: false,
};

/** Judges windows one after the other, as a Monitor does. */
const play = (
  windows: readonly Readonly<Record<string, Shown>>[],
  policy: DriftPolicy = DRIFT_DEFAULTS,
  context: Partial<typeof NO_CONTEXT> = {},
): readonly (readonly Verdict[])[] => {
  let history: History = {};
  return windows.map((shown, at) => {
    const measures = Object.entries(shown).flatMap(([subject, one]) => [
      measure("ks", at, subject, one),
      ...(one.pooled ? [measure("ks_pooled", at, subject, { ...one.pooled, rows: 7_000 })] : []),
    ]);
    const window = { start: at * LENGTH, end: (at + 1) * LENGTH };
    const verdicts = judgeDrift(measures, history, policy, { ...NO_CONTEXT, ...context, window });
    history = remember(history, verdicts, window.start);
    return verdicts;
  });
};

const MOVED: Shown = { effect: 0.2, p: 1e-12 };
const QUIET: Shown = { effect: 0.02, p: 0.4 };
const firing = (all: readonly (readonly Verdict[])[]) => all.map(([one]) => one?.firing);

describe("persistence and hysteresis", () => {
  test("one window tells nobody, the second opens, and it opened with the first", () => {
    const played = play([{ x: QUIET }, { x: MOVED }, { x: MOVED }]);
    expect(firing(played)).toEqual([false, false, true]);
    expect(played[1]?.[0]).toMatchObject({ level: "info" });
    expect(played[2]?.[0]).toMatchObject({ level: "warning", since: LENGTH });
  });

  test("two of three windows are enough, two of four are not", () => {
    expect(firing(play([{ x: MOVED }, { x: QUIET }, { x: MOVED }]))).toEqual([false, false, true]);
    expect(firing(play([{ x: MOVED }, { x: QUIET }, { x: QUIET }, { x: MOVED }]))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test("it resolves after three quiet windows in a row, not before", () => {
    const open = [{ x: MOVED }, { x: MOVED }];
    const again = play([
      ...open,
      { x: QUIET },
      { x: QUIET },
      { x: MOVED },
      { x: QUIET },
      { x: QUIET },
      { x: QUIET },
    ]);
    expect(firing(again)).toEqual([false, true, true, true, true, true, true, false]);
  });

  test("a small effect that is merely significant keeps an open drift open only by the looser limits", () => {
    const lingering: Shown = { effect: 0.043, p: 1e-3 };
    expect(firing(play([{ x: lingering }, { x: lingering }]))).toEqual([false, false]);
    expect(
      firing(
        play([{ x: MOVED }, { x: MOVED }, { x: lingering }, { x: lingering }, { x: lingering }]),
      ).at(-1),
    ).toBe(true);
  });

  test("a large effect that chance explains does not keep it open: D of clean data is large in small windows", () => {
    const chance: Shown = { effect: 0.057, p: 0.3 };
    expect(
      firing(play([{ x: MOVED }, { x: MOVED }, { x: chance }, { x: chance }, { x: chance }])).at(
        -1,
      ),
    ).toBe(false);
  });

  test("the pooled windows open at once what single windows cannot show", () => {
    const slow: Shown = { ...QUIET, pooled: { effect: 0.07, p: 1e-9 } };
    const played = play([{ x: QUIET }, { x: slow }]);
    expect(firing(played)).toEqual([false, true]);
    expect(played[1]?.[0]?.reasons.join(" ")).toContain("pooled");
  });
});

describe("what is told, and how loudly", () => {
  test("significance without an effect is no drift, and neither is an effect without significance", () => {
    for (const shown of [
      { effect: 0.01, p: 1e-30 },
      { effect: 0.3, p: 0.2 },
    ])
      expect(firing(play([{ x: shown }, { x: shown }, { x: shown }])).some(Boolean)).toBe(false);
  });

  test("drift alone warns, drift with harm is critical and says what the harm is", () => {
    const windows = [{ x: MOVED }, { x: MOVED }];
    expect(play(windows).at(-1)?.[0]?.level).toBe("warning");
    const harmed = play(windows, DRIFT_DEFAULTS, { harm: "accuracy fell to .76" }).at(-1)?.[0];
    expect(harmed).toMatchObject({ level: "critical" });
    expect(harmed?.reasons).toContain("accuracy fell to .76");
  });

  test("a feature that the model hardly uses goes to the digest", () => {
    const policy = { ...DRIFT_DEFAULTS, importance: { x: 0.002 } };
    expect(play([{ x: MOVED }, { x: MOVED }], policy).at(-1)?.[0]).toMatchObject({
      level: "info",
      digestOnly: true,
    });
  });

  test("a broken column explains its own drift, which is then neither told nor forgotten", () => {
    const inhibited = new Map([["x", "x"]]);
    const [verdict] = play([{ x: MOVED }], DRIFT_DEFAULTS, { inhibited })[0] ?? [];
    expect(verdict).toMatchObject({ inhibitedBy: "x", firing: false, level: "not_enough_data" });
  });

  test("too few rows are never judged, however large the effect", () => {
    const few: Shown = { effect: 0.9, p: 1e-20, rows: 60 };
    const played = play([{ x: few }, { x: few }, { x: few }]);
    expect(firing(played).some(Boolean)).toBe(false);
    expect(played[0]?.[0]).toMatchObject({ level: "not_enough_data" });
    expect(played[0]?.[0]?.reasons[0]).toContain("100 are needed");
  });

  test("a window that could not have seen the floor says what it could have seen", () => {
    const [verdict] = play([{ x: { effect: 0.03, p: 0.5, rows: 400 } }])[0] ?? [];
    expect(verdict?.reasons.at(-1)).toMatch(/cannot see D below \.\d+ with 400 rows/);
    expect(Number(verdict?.evidence.smallest_visible)).toBeGreaterThan(0.05);
  });

  test("only the asked direction is told", () => {
    const policy: DriftPolicy = { ...DRIFT_DEFAULTS, direction: "down" };
    expect(firing(play([{ x: MOVED }, { x: MOVED }], policy))).toEqual([false, false]);
  });
});

describe("whatever the windows show", () => {
  const shown = fc.record({
    effect: fc.double({ min: 0, max: 1, noNaN: true }),
    p: fc.double({ min: 0, max: 1, noNaN: true }),
    rows: fc.constantFrom(50, 100, 1_000),
  });
  const windows = fc.array(fc.record({ x: shown, y: shown, z: shown }), {
    minLength: 1,
    maxLength: 12,
  });

  test("judging is pure, every Verdict has reasons, and nothing fires without two candidates", () => {
    fc.assert(
      fc.property(windows, (all) => {
        const played = play(all);
        expect(play(all)).toEqual(played);
        const judged = played.flat();
        const candidates = (subject: string, end: number) =>
          judged.filter(
            (one) =>
              one.subject === subject && one.windowEnd <= end && one.evidence.candidate === true,
          ).length;
        const fired = judged.filter((verdict) => verdict.firing);
        expect(judged.every(({ reasons }) => reasons.length > 0)).toBe(true);
        expect(judged.every((one) => one.firing === (one.since !== null))).toBe(true);
        expect(fired.every((one) => candidates(one.subject, one.windowEnd) >= 2)).toBe(true);
      }),
    );
  });

  test("a higher floor or a lower rate never adds a candidate", () => {
    fc.assert(
      fc.property(windows, (all) => {
        const count = (policy: DriftPolicy) =>
          play(all, policy)
            .flat()
            .filter(({ evidence }) => evidence.candidate === true).length;
        expect(count({ ...DRIFT_DEFAULTS, floor: 0.2 })).toBeLessThanOrEqual(count(DRIFT_DEFAULTS));
        expect(count({ ...DRIFT_DEFAULTS, falseDiscovery: 0.001 })).toBeLessThanOrEqual(
          count(DRIFT_DEFAULTS),
        );
        expect(count({ ...DRIFT_DEFAULTS, dependence: "strong" })).toBeLessThanOrEqual(
          count(DRIFT_DEFAULTS),
        );
      }),
    );
  });

  test("the order of the features does not matter", () => {
    fc.assert(
      fc.property(windows, (all) => {
        const turned = all.map(
          (one) => Object.fromEntries(Object.entries(one).reverse()) as typeof one,
        );
        const sorted = (played: readonly (readonly Verdict[])[]) =>
          played.map((verdicts) => [...verdicts].sort((a, b) => (a.subject < b.subject ? -1 : 1)));
        expect(sorted(play(turned))).toEqual(sorted(play(all)));
      }),
    );
  });
});

describe("windows", () => {
  const auto = { window: "auto", max_window_hours: 8, min_rows: 100 };

  test("auto is eight hours where rows allow, else the shortest length that holds them", () => {
    expect(windowLength(auto, 1_000)).toBe(8 * HOUR);
    expect(windowLength(auto, 5)).toBe(24 * HOUR);
    expect(windowLength({ ...auto, window: "30m" }, 5)).toBe(HOUR / 2);
  });

  test("a Monitor that cannot keep its promise is flagged with the delay that it can keep", () => {
    expect(promiseOf({ promised_hours: 24 }, 8 * HOUR, 1)).toMatchObject({
      keeps: true,
      detectsWithinHours: 17,
    });
    const late = promiseOf({ promised_hours: 24 }, 24 * HOUR, 1);
    expect(late).toMatchObject({ keeps: false, detectsWithinHours: 49 });
    expect(late.sentence).toContain("more than the promised 24 h");
  });

  test("the pool holds whole weeks where windows fill them", () => {
    expect(poolSize(1_000, 1_000, 24 * HOUR, 30)).toBe(7);
    expect(poolSize(20_000, 1_000, 24 * HOUR, 30)).toBe(21);
    expect(poolSize(1_000, 1_000, 8 * HOUR, 30)).toBe(21);
    expect(poolSize(1_000, 1_000, 24 * HOUR, 6)).toBe(0);
  });

  test("the hour of the week stays the same across a change of the clocks", () => {
    const before = Date.UTC(2026, 2, 22, 7);
    const after = Date.UTC(2026, 2, 29, 6);
    expect(weekPlace(after, "Europe/Berlin")).toBe(weekPlace(before, "Europe/Berlin"));
    expect(weekPlace(before, "Asia/Kathmandu")).not.toBe(weekPlace(before, "Europe/Berlin"));
  });
});

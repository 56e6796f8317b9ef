import { DRIFT_DEFAULTS, type DriftPolicy } from "../src/monitors/drift/drift-policy.ts";
import { judgeDrift } from "../src/monitors/drift/judge-drift.ts";
import { measureDrift } from "../src/monitors/drift/measure-drift.ts";
import { type History, remember } from "../src/monitors/history.ts";
import {
  type CategoricalProfile,
  categoricalProfile,
} from "../src/monitors/profile/categorical-profile.ts";
import { sumCounts } from "../src/monitors/profile/count-cache.ts";
import type { Counts } from "../src/monitors/profile/merge.ts";
import { createNumericCounter } from "../src/monitors/profile/numeric-counter.ts";
import { type NumericProfile, numericProfile } from "../src/monitors/profile/numeric-profile.ts";
import type { ReferenceProfile, WindowCounts } from "../src/monitors/profile/profile.ts";
import type { Verdict } from "../src/monitors/verdict.ts";
import { poolSize } from "../src/monitors/window.ts";
import { drawWindow, FEATURES, isCategorical, type Scenario } from "./alerts-scenarios.ts";

/** Eight hours: the default at a usual load. */
const LENGTH = 8 * 3_600_000;

/** What one simulated model over its windows showed. */
export interface Played {
  /** Incidents that opened though nothing had changed in their feature. */
  readonly falseIncidents: number;
  /** Feature checks without a change, and those of them in which a drift stood open. */
  readonly cleanChecks: number;
  readonly falseChecks: number;
  /** Windows from the change until it was told, per changed feature; null where it never was. */
  readonly delays: readonly (number | null)[];
  /** Smallest effect that the Monitor printed for its windows, the largest over features. */
  readonly visible: number;
}

const NONE = { nulls: 0, nan: 0, negInf: 0, posInf: 0, notNumbers: 0 };

const tally = (values: readonly (number | string)[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  return counts;
};

const profileOf = (
  scenario: Scenario,
  seed: number,
  f: number,
): NumericProfile | CategoricalProfile => {
  const values = drawWindow(scenario, seed, f, -1);
  if (!isCategorical(f))
    return numericProfile(`x${f}`, `x${f}`, Float64Array.from(values as readonly number[]), NONE);
  const groups = [...tally(values)]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count);
  return categoricalProfile(`x${f}`, `x${f}`, groups, {
    n: values.length,
    nulls: 0,
    distinct: groups.length,
  });
};

const countOf = (
  profile: NumericProfile | CategoricalProfile,
  values: readonly (number | string)[],
): Counts => {
  if (profile.kind === "numeric") {
    const counter = createNumericCounter(profile);
    counter.add({
      items: Float64Array.from(values as readonly number[]),
      valid: null,
      rows: values.length,
    });
    return counter.counts();
  }
  const found = tally(values);
  const counts = profile.values.map((value) => found.get(value) ?? 0);
  const known = counts.reduce((sum, count) => sum + count, 0);
  return {
    kind: "categorical",
    identity: profile.identity,
    n: values.length,
    nulls: 0,
    counts,
    other: 0,
    fresh: values.length - known,
    freshTop: [],
  };
};

const playWindow = (
  profile: ReferenceProfile,
  whole: WindowCounts,
  windows: readonly WindowCounts[],
  history: History,
  policy: DriftPolicy,
  at: number,
) => {
  const window = { start: at * LENGTH, end: (at + 1) * LENGTH };
  const scope = {
    monitor: "m",
    segment: null,
    window,
    suffix: "",
    baseline: "the whole reference",
  };
  const current = windows[windows.length - 1] ?? { rows: 0, counts: new Map() };
  const size = poolSize(profile.rows, current.rows, LENGTH, windows.length);
  const measures = [
    ...measureDrift(scope, profile, whole, current),
    ...(size === 0
      ? []
      : measureDrift(
          { ...scope, suffix: "_pooled" },
          profile,
          whole,
          sumCounts(windows.slice(-size)),
        )),
  ];
  return judgeDrift(measures, history, policy, {
    window,
    inhibited: new Map(),
    harm: null,
    restated: false,
  });
};

/** Follows Verdicts and adds up what was false and what was told. */
const createWatcher = (changed: (subject: string, at: number) => boolean, from: number) => {
  const sums = { falseIncidents: 0, cleanChecks: 0, falseChecks: 0, visible: 0 };
  const open = new Set<string>();
  const told = new Map<string, number>();
  const seeClean = (subject: string, firing: boolean): void => {
    sums.cleanChecks += 1;
    if (!firing) return;
    sums.falseChecks += 1;
    if (!open.has(subject)) sums.falseIncidents += 1;
  };
  return {
    sums,
    told,
    see: ({ evidence, firing, subject }: Verdict, at: number): void => {
      sums.visible = Math.max(sums.visible, Number(evidence.smallest_visible));
      if (!changed(subject, at)) seeClean(subject, firing);
      else if (firing && !told.has(subject)) told.set(subject, at - from);
      if (firing) open.add(subject);
      else open.delete(subject);
    },
  };
};

/** Plays one model of a scenario through the real kernel and policy. */
export const play = (
  scenario: Scenario,
  seed: number,
  windows: number,
  policy: DriftPolicy = DRIFT_DEFAULTS,
): Played => {
  const columns = Array.from({ length: FEATURES }, (_, f) => profileOf(scenario, seed, f));
  const profile: ReferenceProfile = {
    identity: "b",
    rows: scenario.referenceRows,
    columns,
    time: null,
    schema: [],
    notCompared: [],
  };
  const whole = {
    rows: profile.rows,
    counts: new Map(columns.map((column) => [column.field, column.counts] as const)),
  };
  const changed = (field: string, at: number) =>
    scenario.change !== null &&
    at >= scenario.change.from &&
    scenario.change.features.some((f) => field === `x${f}`);
  let history: History = {};
  const held: WindowCounts[] = [];
  const watch = createWatcher((subject, at) => changed(subject, at), scenario.change?.from ?? 0);
  for (let at = 0; at < windows; at++) {
    const counts = columns.map(
      (column, f) => [column.field, countOf(column, drawWindow(scenario, seed, f, at))] as const,
    );
    held.push({ rows: scenario.rows(at), counts: new Map(counts) });
    if (held.length > 28) held.shift();
    const verdicts = playWindow(profile, whole, held, history, policy, at);
    history = remember(history, verdicts, at * LENGTH);
    for (const verdict of verdicts) if (verdict.rule === "drift") watch.see(verdict, at);
  }
  const delays = (scenario.change?.features ?? []).map((f) => watch.told.get(`x${f}`) ?? null);
  return { ...watch.sums, delays };
};

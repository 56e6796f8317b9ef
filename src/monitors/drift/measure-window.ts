import type { Duck } from "../../data/duck.ts";
import type { Measure } from "../measure.ts";
import type { DriftMonitor } from "../monitor.ts";
import { type CountCache, sumCounts } from "../profile/count-cache.ts";
import type { ReferenceProfile, WindowCounts } from "../profile/profile.ts";
import { narrow, type Segment } from "../segment.ts";
import type { PlannedWindow } from "../source/plan-windows.ts";
import type { Relation } from "../source/relation.ts";
import { ksP } from "../stats/ks-p.ts";
import { poolSize, type Window } from "../window.ts";
import type { Baselines } from "./baseline.ts";
import type { DriftPolicy } from "./drift-policy.ts";
import { exactDistances } from "./exact.ts";
import { type Exact, measureDrift } from "./measure-drift.ts";
import { undecided } from "./tests.ts";

/** What one look at a Monitor works with. */
export interface DriftLook {
  readonly duck: Duck;
  readonly monitor: DriftMonitor;
  readonly policy: DriftPolicy;
  readonly profile: ReferenceProfile;
  readonly current: Relation;
  readonly openReference: () => Promise<Relation | null>;
  readonly baselines: Baselines;
  readonly cache: CountCache;
  readonly lengthMs: number;
  /** Windows whose health a person or labels confirmed, as they can be counted again. */
  readonly confirmed: readonly PlannedWindow[];
}

/** A reference with fewer rows grows by confirmed windows (monitoring.md 3.3). */
const SMALL_REFERENCE = 5_000;

const segmentName = (segment: Segment | null): string | null =>
  segment === null ? null : `${segment.field}=${segment.value}`;

/** Measures of the window itself; columns whose decision counting leaves open are read again, exactly. */
const measureOwn = async (
  look: DriftLook,
  window: PlannedWindow,
  counts: WindowCounts,
  segment: Segment | null,
): Promise<readonly Measure[]> => {
  const baseline = await look.baselines.of(window, segment);
  const scope = {
    monitor: look.monitor.id,
    segment: segmentName(segment),
    window: { start: window.start, end: window.end },
    suffix: "",
    baseline: baseline.words,
  };
  const measures = measureDrift(scope, look.profile, baseline.counts, counts);
  const fields = undecided(
    measures,
    look.policy,
    ({ rows }, effect) => ksP(rows.reference, rows.current, effect).p,
  );
  const relation = fields.length === 0 ? null : await look.openReference();
  if (relation === null) return measures;
  const exact: ReadonlyMap<string, Exact> = await exactDistances(
    look.duck,
    { relation, scope: baseline.scope },
    { relation: look.current, scope: narrow(window.scope, segment) },
    fields,
  );
  return measureDrift(scope, look.profile, baseline.counts, counts, exact);
};

const measurePooled = async (
  look: DriftLook,
  window: PlannedWindow,
  counts: WindowCounts,
  earlier: readonly PlannedWindow[],
): Promise<readonly Measure[]> => {
  const { baselines, cache, lengthMs, monitor, profile } = look;
  const size = poolSize(profile.rows, counts.rows, lengthMs, earlier.length + 1);
  if (size === 0) return [];
  const pool = earlier.slice(1 - size);
  const parts = [counts];
  for (const one of pool) parts.push(await cache.count(one));
  const baseline = await baselines.whole(null);
  const scope = {
    monitor: monitor.id,
    segment: null,
    window: { start: pool[0]?.start ?? window.start, end: window.end },
    suffix: "_pooled",
    baseline: `the whole reference, ${size} windows pooled`,
  };
  return measureDrift(scope, profile, baseline.counts, sumCounts(parts));
};

const overlaps = (a: Window, b: Window): boolean => a.start < b.end && b.start < a.end;

const measureGrown = async (
  look: DriftLook,
  window: PlannedWindow,
  counts: WindowCounts,
): Promise<readonly Measure[]> => {
  const healthy = look.confirmed.filter((one) => !overlaps(one, window) && one.end <= window.start);
  if (look.profile.rows >= SMALL_REFERENCE || healthy.length === 0) return [];
  const { counts: whole } = await look.baselines.whole(null);
  const parts = [whole];
  for (const one of healthy) parts.push(await look.cache.count(one));
  const scope = {
    monitor: look.monitor.id,
    segment: null,
    window: { start: window.start, end: window.end },
    suffix: "_grown",
    baseline: `the reference and ${healthy.length} confirmed windows`,
  };
  return measureDrift(scope, look.profile, sumCounts(parts), counts);
};

/**
 * Everything that is measured about one window: itself, each segment, the pool of the slow path and the grown reference. `earlier` are
 * the windows judged before, oldest first. Throws what DuckDB throws while reading.
 */
export const measureWindow = async (
  look: DriftLook,
  window: PlannedWindow,
  counts: WindowCounts,
  earlier: readonly PlannedWindow[],
  segments: readonly Segment[],
): Promise<readonly Measure[]> => {
  const measures = [...(await measureOwn(look, window, counts, null))];
  for (const segment of segments) {
    const part = await look.cache.countPart(window, segment);
    if (part.rows > 0) measures.push(...(await measureOwn(look, window, part, segment)));
  }
  return [
    ...measures,
    ...(await measurePooled(look, window, counts, earlier)),
    ...(await measureGrown(look, window, counts)),
  ];
};

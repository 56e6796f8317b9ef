import type { DriftMonitor } from "../monitor.ts";
import type { Dependence } from "../stats/discovery.ts";

/** How drift Measures become Verdicts (monitoring.md 3.1). Effects and rates 0..1. */
export interface DriftPolicy {
  /** Effect below which nothing matters; twice that is told as high. */
  readonly floor: number;
  /** False-discovery rate over all tests of one window. */
  readonly falseDiscovery: number;
  readonly dependence: Dependence;
  readonly minRows: number;
  readonly direction: "up" | "down" | "both";
  /** Candidates among the last windows that open. */
  readonly openAfter: number;
  readonly openWithin: number;
  /** Rate of the pooled test, which opens at once. */
  readonly slowDiscovery: number;
  /** Windows in a row that are no candidate by these looser limits resolve. */
  readonly resolveAfter: number;
  readonly resolveDiscovery: number;
  readonly resolveFloor: number;
  /** Below this importance a feature goes to the digest only. */
  readonly leastImportance: number;
  readonly importance: Readonly<Record<string, number>>;
  /** Floors of single features. */
  readonly floors: Readonly<Record<string, number>>;
}

/** Effect that a change of the missing share must reach: 2 → 6 % is .21 (monitoring.md 5). */
export const NULL_FLOOR = 0.1;

export const DRIFT_DEFAULTS: DriftPolicy = {
  floor: 0.05,
  falseDiscovery: 0.01,
  dependence: "usual",
  minRows: 100,
  direction: "both",
  openAfter: 2,
  openWithin: 3,
  slowDiscovery: 0.001,
  resolveAfter: 3,
  resolveDiscovery: 0.05,
  resolveFloor: 0.8,
  leastImportance: 0.01,
  importance: {},
  floors: {},
};

/** The policy that a Monitor asks for; `importance` of features where the pipeline measured it. */
export const driftPolicy = (
  monitor: DriftMonitor,
  importance: Readonly<Record<string, number>> = {},
): DriftPolicy => {
  const features = monitor.features === "auto" ? [] : monitor.features;
  const given = (key: "importance" | "floor") =>
    Object.fromEntries(
      features.flatMap((feature) => {
        const value = feature[key];
        return value === undefined ? [] : [[feature.field, value] as const];
      }),
    );
  return {
    ...DRIFT_DEFAULTS,
    floor: monitor.floor,
    falseDiscovery: monitor.false_discovery,
    dependence: monitor.dependence,
    minRows: monitor.min_rows,
    direction: monitor.direction,
    importance: { ...importance, ...given("importance") },
    floors: given("floor"),
  };
};

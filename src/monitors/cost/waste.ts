import type { MicroUsd } from "../../lib/money.ts";
import type { CostLine } from "./cost-line.ts";
import { IDLE } from "./open-cost.ts";

/** How much of a resource was asked for and used. Shares are of the same unit, for example cores. */
export interface Usage {
  readonly resource: string;
  readonly request: number;
  /** 95th percentile of use, and its largest, over the time looked at. */
  readonly p95: number;
  readonly max: number;
  readonly gpuP95: number | null;
  readonly hours: number;
  /** May be stopped at any time: checkpointed and retryable. */
  readonly interruptible: boolean;
  /** Runs on interruptible capacity. */
  readonly spot: boolean;
  readonly days: number;
  readonly environment: string | null;
}

/** What was paid for nothing, each amount once, in the order of the parts. */
export interface Waste {
  readonly total: MicroUsd;
  readonly wasted: MicroUsd;
  /** 0..1; the target is under .2. */
  readonly share: number;
  readonly parts: Readonly<
    Record<"idle" | "unattached" | "oversized" | "failed_runs" | "commitment", MicroUsd>
  >;
}

/** Requests are sized with this headroom over the 95th percentile. */
const HEADROOM = 1.15;

/** Lines nobody uses and why; see `Waste.parts`. */
const partOf = (
  line: CostLine,
  unattached: ReadonlySet<string>,
  usage: ReadonlyMap<string, Usage>,
  failedRuns: ReadonlySet<string>,
): readonly [keyof Waste["parts"], number] | null => {
  if (line.resource === IDLE) return ["idle", 1];
  if (line.resource !== null && unattached.has(line.resource)) return ["unattached", 1];
  const used = line.resource === null ? undefined : usage.get(line.resource);
  if (used && used.request > 0) {
    const unused = Math.max(0, 1 - (HEADROOM * used.p95) / used.request);
    if (unused > 0) return ["oversized", unused];
  }
  if (line.run !== null && failedRuns.has(line.run)) return ["failed_runs", 1];
  return line.commitmentStatus === "Unused" ? ["commitment", 1] : null;
};

/**
 * The waste share: idle capacity, unattached resources, what requests hold beyond use, failed and retried runs, unused commitments, over
 * all. Lines of one source only: estimates and bills are never added.
 */
export const wasteOf = (
  lines: readonly CostLine[],
  usages: readonly Usage[],
  unattached: ReadonlySet<string> = new Set(),
  failedRuns: ReadonlySet<string> = new Set(),
): Waste => {
  const usage = new Map(usages.map((one) => [one.resource, one] as const));
  const parts = { idle: 0, unattached: 0, oversized: 0, failed_runs: 0, commitment: 0 };
  let total = 0;
  for (const line of lines) {
    total += line.effective;
    const found = partOf(line, unattached, usage, failedRuns);
    if (found) parts[found[0]] += Math.round(line.effective * found[1]);
  }
  const wasted = Object.values(parts).reduce((sum, one) => sum + one, 0);
  return { total, wasted, share: total === 0 ? 0 : wasted / total, parts };
};

/** Share of the hours of interruptible work that run on interruptible capacity, 0..1; null when there is no such work. Target above .6. */
export const spotShare = (usages: readonly Usage[]): number | null => {
  const fit = usages.filter(({ interruptible }) => interruptible);
  const all = fit.reduce((sum, { hours }) => sum + hours, 0);
  return all === 0
    ? null
    : fit.filter(({ spot }) => spot).reduce((sum, { hours }) => sum + hours, 0) / all;
};

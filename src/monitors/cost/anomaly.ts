import { type MicroUsd, usd } from "../../lib/money.ts";
import { median, robustZ } from "../stats/intervals.ts";
import { allocate } from "./allocate.ts";
import type { CostLine } from "./cost-line.ts";

/** Spend of one day that is far from what its weekday costs. */
export interface Anomaly {
  readonly day: string;
  readonly spent: MicroUsd;
  readonly usual: MicroUsd;
  readonly z: number;
  /** What contributes most to the difference, at most three. */
  readonly contributors: readonly { readonly name: string; readonly more: MicroUsd }[];
}

const LEAST_Z = 4;
const LEAST_SHARE = 0.2;
const LEAST_AMOUNT = usd(25);
const LEAST_SAME = 3;
const DAY = 86_400_000;

const weekday = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay();

const contributorsOf = (lines: readonly CostLine[], day: string): Anomaly["contributors"] => {
  const same = new Set(
    lines.map((line) => line.day).filter((d) => d < day && weekday(d) === weekday(day)),
  );
  const of = (wanted: (d: string) => boolean) =>
    new Map(
      allocate(
        lines.filter((line) => wanted(line.day)),
        "service",
      ).map((s) => [s.name, s.effective]),
    );
  const before = of((d) => same.has(d));
  return [...of((d) => d === day)]
    .map(([name, effective]) => ({
      name: name ?? "unlabelled",
      more: Math.round(effective - (before.get(name) ?? 0) / Math.max(1, same.size)),
    }))
    .filter(({ more }) => more > 0)
    .sort((a, b) => b.more - a.more)
    .slice(0, 3);
};

/**
 * Whether a day is an anomaly against the same weekday before it: more than four robust standard deviations and at least $25 and 20 %;
 * null when not, and while fewer than three such days are known (monitoring.md 6).
 */
export const anomalyOf = (
  history: readonly { readonly day: string; readonly effective: MicroUsd }[],
  lines: readonly CostLine[],
  day: string,
): Anomaly | null => {
  const spent = history.find((one) => one.day === day)?.effective ?? 0;
  const same = history
    .filter((one) => one.day < day && weekday(one.day) === weekday(day))
    .slice(-8)
    .map(({ effective }) => effective);
  if (same.length < LEAST_SAME) return null;
  const usual = median(same);
  const z = robustZ(spent, same);
  const far = Math.abs(spent - usual) >= Math.max(LEAST_AMOUNT, LEAST_SHARE * usual);
  return far && z > LEAST_Z
    ? { day, spent, usual: Math.round(usual), z, contributors: contributorsOf(lines, day) }
    : null;
};

/** The newest day that may be judged: bills younger than 48 h still change. */
export const lastJudgedDay = (nowMs: number): string =>
  new Date(nowMs - 3 * DAY).toISOString().slice(0, 10);

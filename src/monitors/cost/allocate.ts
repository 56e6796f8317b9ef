import type { MicroUsd } from "../../lib/money.ts";
import type { CostLine } from "./cost-line.ts";

/** What spend is divided by. */
export type Dimension = "model" | "pipeline" | "run" | "phase" | "environment" | "service";

/** Spend of one value of a dimension. `name` null: lines without the label, which are shown and never spread. */
export interface Share {
  readonly name: string | null;
  readonly effective: MicroUsd;
  readonly share: number;
}

/** Divides spend by a dimension, largest first; the parts add up to the whole exactly. */
export const allocate = (lines: readonly CostLine[], by: Dimension): readonly Share[] => {
  const sums = new Map<string | null, MicroUsd>();
  for (const line of lines) sums.set(line[by], (sums.get(line[by]) ?? 0) + line.effective);
  const total = [...sums.values()].reduce((sum, one) => sum + one, 0);
  return [...sums]
    .map(([name, effective]) => ({ name, effective, share: total === 0 ? 0 : effective / total }))
    .sort((a, b) => b.effective - a.effective || String(a.name).localeCompare(String(b.name)));
};

/** Spend per UTC day, days without a line as 0, from the first day to `until` (exclusive); ascending. */
export const daily = (
  lines: readonly CostLine[],
  until: string,
): readonly { readonly day: string; readonly effective: MicroUsd }[] => {
  const sums = new Map<string, MicroUsd>();
  for (const { day, effective } of lines) sums.set(day, (sums.get(day) ?? 0) + effective);
  const [first] = [...sums.keys()].sort();
  if (first === undefined) return [];
  const days: { day: string; effective: MicroUsd }[] = [];
  for (let at = Date.parse(first); at < Date.parse(until); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    days.push({ day, effective: sums.get(day) ?? 0 });
  }
  return days;
};

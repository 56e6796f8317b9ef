import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A seeded stream of numbers in 0..1 (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const gauss = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export interface Rows {
  readonly from: number;
  readonly hours: number;
  readonly perHour: number;
  readonly seed: number;
  readonly features?: number;
  /** Added to these features' mean, in standard deviations. */
  readonly shift?: { readonly features: readonly number[]; readonly by: number };
}

/** CSV of normal features with the time of each row. */
export const csvOf = ({ features = 3, from, hours, perHour, seed, shift }: Rows): string => {
  const random = seeded(seed);
  const names = Array.from({ length: features }, (_, n) => `f${n}`);
  const lines = [`time,${names.join(",")}`];
  for (let n = 0; n < hours * perHour; n++) {
    const at = from + Math.floor((n / perHour) * 3_600_000);
    const cells = names.map((_, k) => {
      const moved = shift?.features.includes(k) ? shift.by : 0;
      return (gauss(random) + moved).toFixed(4);
    });
    lines.push(`${new Date(at).toISOString()},${cells.join(",")}`);
  }
  return `${lines.join("\n")}\n`;
};

export const writeCsv = async (dir: string, name: string, rows: Rows): Promise<string> => {
  await mkdir(dir, { recursive: true });
  const path = join(dir, name);
  await writeFile(path, csvOf(rows));
  return path;
};

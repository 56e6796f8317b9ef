import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { openDuck } from "../../src/data/duck.ts";
import { quoteText } from "../../src/data/sql.ts";

/** Seeded uniform numbers in [0, 1) (mulberry32), so that every run sees the same data. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Seeded standard normal numbers (Box–Muller). */
export const normals = (seed: number): (() => number) => {
  const next = seeded(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
};

/** Writes the rows of a SELECT to a CSV or Parquet file, by its ending; folders are made. */
export const writeTable = async (path: string, sql: string): Promise<string> => {
  mkdirSync(dirname(path), { recursive: true });
  const duck = await openDuck({ memoryMb: 512, threads: 1 });
  try {
    const options = path.endsWith(".parquet")
      ? "FORMAT parquet"
      : path.endsWith(".csv")
        ? "FORMAT csv, HEADER"
        : "FORMAT json";
    await duck.connection.run(`COPY (${sql}) TO ${quoteText(path)} (${options})`);
  } finally {
    duck.close();
  }
  return path;
};

/** SQL of a uniform number in (0, 1) that depends on the row `i` and a seed alone. */
export const noise = (seed: number): string => `((hash(i, ${seed}) % 1000003 + 1) / 1000005.0)`;

/** SQL of a normal number with this mean. */
export const normalSql = (seed: number, mean = "0"): string =>
  `(${mean} + sqrt(-2 * ln(${noise(seed)})) * cos(6.283185307 * ${noise(seed + 1)}))`;

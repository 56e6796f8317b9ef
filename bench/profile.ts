import { join } from "node:path";
import { openDuck } from "../src/data/duck.ts";
import { openDataset } from "../src/data/open.ts";
import { measureProfile } from "../src/data/profile.ts";
import { print } from "./report.ts";

const COLUMNS = 20;

/** A CSV of 20 columns: ten numbers, six categories, dates, integers and a rare label; the same bytes every time. */
const writeRows = async (file: string, rows: number): Promise<void> => {
  const noise = (at: number) => `(hash(i, ${at}) % 1000003) / 1000003.0`;
  const columns = Array.from({ length: COLUMNS - 4 }, (_, at) =>
    at < 10
      ? `round(sqrt(-2 * ln(${noise(at)} + 1e-9)) * cos(6.2832 * ${noise(at + 50)}), 4) AS n${at}`
      : `'c' || (hash(i, ${at}) % ${10 ** Math.min(at - 9, 3)}) AS c${at}`,
  );
  const duck = await openDuck({ memoryMb: 512, threads: 2 });
  try {
    await duck.rows(`COPY (SELECT ${columns.join(", ")}, i AS id,
      DATE '2020-01-01' + CAST(i % 1500 AS INTEGER) AS day, hash(i, 90) % 5000 AS count,
      CASE WHEN ${noise(91)} < 0.03 THEN 'yes' ELSE 'no' END AS label
      FROM range(${rows}) t(i)) TO '${file}' (HEADER)`);
  } finally {
    duck.close();
  }
};

const profileRows = async (dir: string, rows: number): Promise<number> => {
  const file = join(dir, `rows-${rows}.csv`);
  await writeRows(file, rows);
  const start = performance.now();
  const dataset = await openDataset({ path: file });
  try {
    await measureProfile(dataset, []);
  } finally {
    dataset.close();
  }
  return (performance.now() - start) / 1000;
};

/** Reading and profiling a large file: time for one million rows, memory of this process for five million. */
export const benchProfile = async (dir: string): Promise<void> => {
  const what = `open and profile 1,000,000 rows × ${COLUMNS} columns of CSV`;
  print({ what, value: await profileRows(dir, 1_000_000), unit: "s", bound: 10 });
  const large = await profileRows(dir, 5_000_000);
  print({ what: "  5,000,000 rows", value: large, unit: "s", bound: null });
  const peak = process.resourceUsage().maxRSS / 1024;
  print({ what: "  peak memory of the whole bench process", value: peak, unit: "MB", bound: 2048 });
};

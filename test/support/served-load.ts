import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Dataset } from "../../src/data/dataset.ts";
import { quoteId, quoteText } from "../../src/data/sql.ts";

/** A stretch of requests that a model answered, and how the world then differs from what it learned. */
export interface ServedLoad {
  readonly fromMs: number;
  readonly hours: number;
  readonly rows: number;
  /** SQL of a field in place of its own value. */
  readonly shifted?: Readonly<Record<string, string>>;
}

const uniform = (seed: number, salt: number): string =>
  `((hash(rowid, ${seed}, ${salt}) % 1000003 + 1) / 1000005.0)`;

const seedOf = ({ fromMs }: ServedLoad): number => Math.floor(fromMs / 3_600_000);
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** SQL of requests drawn from `where`, each once, with a calibrated score and the time at which it came. */
const requests = (load: ServedLoad, where: string): string => {
  const seed = seedOf(load);
  const step = Math.floor((load.hours * 3_600_000) / load.rows);
  return `SELECT *, '${seed}-' || rowid AS prediction_id, make_timestamptz((${load.fromMs} + (row_number() OVER (ORDER BY hash(rowid, ${seed})) - 1) * ${step}) * 1000) AS time, ${uniform(seed, 1)} AS score, rowid AS request FROM data WHERE ${where} ORDER BY hash(rowid, ${seed}) LIMIT ${load.rows}`;
};

/** Appends to a prediction log what serving writes: `predictions/date=…/part-….parquet` with id, time, version, score, label, inputs. */
export const writePredictions = async (
  dataset: Dataset,
  repository: string,
  load: ServedLoad,
  { target, where }: { readonly target: string; readonly where: string },
): Promise<void> => {
  const inputs = dataset.columns
    .filter(({ field }) => field !== target)
    .map(({ field }) => `${load.shifted?.[field] ?? quoteId(field)} AS ${quoteId(field)}`);
  const made = join(dataset.scratch, "part.parquet");
  await dataset.connection.run(
    `COPY (SELECT prediction_id, time, '1' AS model_version, score, CASE WHEN score >= 0.5 THEN '1' ELSE '0' END AS label, ${inputs.join(", ")} FROM (${requests(load, where)})) TO ${quoteText(made)} (FORMAT parquet)`,
  );
  const path = join(
    repository,
    "predictions",
    `date=${day(load.fromMs)}`,
    `part-${seedOf(load)}.parquet`,
  );
  await mkdir(dirname(path), { recursive: true });
  await copyFile(made, path);
};

/** What came of these requests, as its source writes it: `holds` says whether the scores still mean what they meant. */
export const writeLabels = async (
  dataset: Dataset,
  repository: string,
  load: ServedLoad,
  where: string,
  words: { readonly yes: string; readonly no: string; readonly holds: boolean },
): Promise<void> => {
  const seed = seedOf(load);
  const limit = words.holds ? "score" : "0.5";
  const rows = await dataset.rows(
    `SELECT prediction_id, ${uniform(seed, 2).replace("rowid", "request")} < ${limit} FROM (${requests(load, where)})`,
  );
  const lines = rows.map(([id, yes]) => `${id},${yes ? words.yes : words.no}`);
  await mkdir(join(repository, "labels"), { recursive: true });
  await writeFile(
    join(repository, "labels", `${seed}.csv`),
    `prediction_id,label\n${lines.join("\n")}\n`,
  );
};

import { readFile } from "node:fs/promises";
import { findPostgres, type Postgres, startPostgres } from "../support/postgres.ts";
import { run } from "./product.ts";

/** The environment variable that a generated repository takes the password from. */
export const CREDENTIAL = "GENERATED_PG_WORD";

/** A database with one table of a dataset, and how a run names it. */
export interface Database {
  readonly source: string;
  readonly word: string;
  readonly stop: () => Promise<void>;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The rows of a plain CSV as a table of text and numbers, with an instant of another zone beside them. */
const fill = async (server: Postgres, csv: string): Promise<void> => {
  const [head = [], ...rows] = (await readFile(csv, "utf8"))
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  const isNumber = head.map((_, at) => rows.every((cells) => Number.isFinite(Number(cells[at]))));
  const types = head.map((name, at) => `"${name}" ${isNumber[at] ? "numeric" : "text"}`);
  const values = rows.map(
    (cells, at) =>
      `(${cells.map((cell, place) => (isNumber[place] ? cell : quoted(cell))).join(", ")}, timestamptz '2024-03-01 23:30+02' + ${at} * interval '7 hours')`,
  );
  await server.query(`CREATE TABLE visits (${types.join(", ")}, seen_at timestamptz)`);
  await server.query(`INSERT INTO visits VALUES ${values.join(",\n")}`);
  await server.query(`GRANT SELECT ON visits TO ${server.user}`);
};

/** Starts a Postgres with the rows of a CSV; null where none is installed. */
export const openDatabase = async (csv: string): Promise<Database | null> => {
  const bin = findPostgres();
  if (bin === null) return null;
  const server = await startPostgres(bin);
  await fill(server, csv);
  const place = `postgres://${server.user}@127.0.0.1:${server.port}/postgres?table=public.visits`;
  return {
    source: `dataset=${place},credential=${CREDENTIAL}`,
    word: server.password,
    stop: server.stop,
  };
};

const SAME = `
from pathlib import Path
import importlib, sys
ingest = importlib.import_module(next(Path("src").glob("*/ingest.py")).parent.name + ".ingest")
conf, root = ingest.load_conf("data"), ingest.repo_root()
path, origin = ingest.locate(root, conf)
pulled, sample = (ingest.to_processed(ingest.read_source(p, conf), conf) for p in (path, root / ingest.SAMPLE))
print(origin, len(pulled), ingest.frame_hash(pulled) == ingest.frame_hash(sample))
`;

/** Pulls the table with the repository's own code: what is wrong with it, or nothing. */
export const pullFault = async (
  dir: string,
  python: string,
  word: string,
): Promise<string | null> => {
  const env = { [CREDENTIAL]: word, PYTHONPATH: "src", PY: python };
  const pulled = await run("make", ["data", `PY=${python}`], { cwd: dir, env });
  if (pulled.code !== 0 || !/^source /m.test(pulled.said))
    return `make data out of Postgres: ${pulled.said.trim().slice(-500)}`;
  const same = await run(python, ["-c", SAME], { cwd: dir, env });
  if (!/source \d+ True/.test(same.said))
    return `rows pulled are not those that were measured: ${same.said.trim().slice(-500)}`;
  const refused = await run(python, ["-c", SAME], {
    cwd: dir,
    env: { ...env, [CREDENTIAL]: "wrong" },
  });
  return /SourceRefused/.test(refused.said) ? null : "a wrong password was not told as a refusal";
};

// Builds a pipeline for a dataset of every kind, through the real operations, and runs its own commands:
// npm run test:generated [-- --only tiny,wide --home FOLDER --python PATH]. Not part of npm test: about a minute for each dataset.
// --home is used again for its environments; --python is an interpreter with scikit-learn, and spares building birdstrikes first.
// --mutants plants faults in the package of birdstrikes and fails where fewer than four fifths are noticed: npm run test:mutants.
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { parseArgs } from "node:util";
import { BIRDSTRIKES, CASES, type Case } from "./cases.ts";
import { CREDENTIAL, openDatabase, pullFault } from "./database.ts";
import { openProduct, type Product, type Ran, run } from "./product.ts";
import { beatsTrivial, Metrics, type Row, tableOf } from "./table.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    home: { type: "string" },
    python: { type: "string" },
    mutants: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const MAKER = join(process.cwd(), "test", "generated", "datasets.py");
const MUTANTS = join(process.cwd(), "test", "generated", "mutants.py");
const BIRDS = join(process.cwd(), "examples", "birdstrikes", "birdstrikes.csv");
const work = await mkdtemp(join(tmpdir(), "mlpipeline-generated-"));
const home = values.home ?? join(work, "home");

const tell = (line: string): void => void process.stderr.write(`${line}\n`);
const tail = ({ said }: Ran): string => said.trim().split("\n").slice(-4).join(" | ").slice(-700);

const readMetrics = async (dir: string): Promise<Metrics> =>
  Metrics.parse(JSON.parse(await readFile(join(dir, "artifacts", "metrics.json"), "utf8")));

/** The environment that makes datasets is that of the first pipeline; it exists once that one is built. */
const datasetOf = async (one: Case, python: string | null): Promise<string> => {
  if (one === BIRDSTRIKES) return BIRDS;
  if (python === null) throw new Error("no environment yet");
  const made = await run(python, [MAKER, work, one.name]);
  if (made.code !== 0) throw new Error(`${one.name}: ${tail(made)}`);
  return join(work, `${one.name}.csv`);
};

/** Trains once more on labels in another order; whatever is found then is not signal. */
const controlOf = async (one: Case, data: string, dir: string, python: string) => {
  const shuffled = join(work, `${one.name}-shuffled${extname(data)}`);
  const made = await run(python, [MAKER, "shuffle", data, one.target, shuffled]);
  if (made.code !== 0) return { why: `shuffle: ${tail(made)}` };
  const trained = await run("make", ["train", `PY=${python}`], {
    cwd: dir,
    env: { DATA_URI: shuffled },
  });
  if (trained.code !== 0) return { why: `make train on shuffled labels: ${tail(trained)}` };
  return { claims: (await readMetrics(dir)).beats_baseline };
};

const examine = async (product: Product, given: Case, data: string): Promise<Row> => {
  const database = given.postgres ? await openDatabase(data) : null;
  if (database) process.env[CREDENTIAL] = database.word;
  const one = database ? { ...given, sources: [database.source] } : given;
  try {
    return await examineOne(product, one, data, database?.word ?? null);
  } finally {
    await database?.stop();
  }
};

/** What its own commands find in a repository that was built: the faults, and whether shuffled labels were claimed as signal. */
const tryOut = async (
  product: Product,
  one: Case,
  dir: string,
  data: string,
  word: string | null,
): Promise<{ readonly faults: readonly string[]; readonly control: boolean | null }> => {
  const faults: string[] = [];
  const [core, serving] = [await product.python(dir, "core"), await product.python(dir, "serving")];
  const targets = [
    ["smoke", `PY_SERVING=${serving}`],
    ["drift", `PY=${core}`],
  ] as const;
  for (const [target, python] of targets) {
    const ran = await run("make", [target, python], { cwd: dir, env: { DATA_URI: data } });
    if (ran.code !== 0) faults.push(`make ${target}: ${tail(ran)}`);
  }
  const pulled = word === null ? null : await pullFault(dir, core, word);
  if (pulled !== null) faults.push(pulled);
  const found = await controlOf(one, data, dir, core);
  if ("why" in found) return { faults: [...faults, found.why], control: null };
  if (found.claims) faults.push("signal was claimed for shuffled labels");
  return { faults, control: found.claims };
};

const examineOne = async (
  product: Product,
  one: Case,
  data: string,
  word: string | null,
): Promise<Row> => {
  const started = performance.now();
  const faults: string[] = [];
  let metrics: Metrics | null = null;
  let control: boolean | null = null;
  const built = await product.build(one, data);
  if ("why" in built) faults.push(`the run stopped: ${built.why}`);
  else {
    const dir = join(work, one.name);
    await cp(built.dir, dir, { recursive: true });
    metrics = await readMetrics(dir);
    const rows = word === null ? data : join(dir, "data", "sample.parquet");
    const tried = await tryOut(product, one, dir, rows, word);
    faults.push(...tried.faults);
    control = tried.control;
    if (one.signal && !beatsTrivial(metrics))
      faults.push("the trivial rule was not beaten, though the data holds a signal");
  }
  const seconds = (performance.now() - started) / 1000;
  return { dataset: one.name, kind: one.kind, metrics, control, seconds, faults };
};

const wanted = values.only?.split(",");
const builds = values.python === undefined;
const chosen = CASES.filter(
  (one) => (builds && one === BIRDSTRIKES) || !wanted || wanted.includes(one.name),
);
const rows: Row[] = [];
await mkdir(home, { recursive: true });
const product = await openProduct(home, (line) => values.verbose && tell(line));
try {
  let python: string | null = values.python ?? null;
  for (const one of chosen) {
    const row = await examine(product, one, await datasetOf(one, python)).catch(
      (error: unknown): Row => ({
        dataset: one.name,
        kind: one.kind,
        metrics: null,
        control: null,
        seconds: 0,
        faults: [error instanceof Error ? error.message : String(error)],
      }),
    );
    rows.push(row);
    tell([tableOf([row]).split("\n")[1], ...row.faults].join("\n  "));
    if (row.metrics === null && python === null) break; // without an environment nothing else can be made
    python ??= await product.python(join(work, one.name), "core");
  }
  if (values.mutants && python !== null) {
    const planted = await run(python, [MUTANTS, join(work, "birdstrikes")], { minutes: 40 });
    process.stdout.write(`${planted.said.replace(/^\d+\/\d+ .*\n/gm, "")}\n`);
    if (planted.code !== 0) process.exitCode = 1;
  }
} finally {
  product.close();
  if (values.home === undefined) await rm(work, { recursive: true, force: true });
}
process.stdout.write(`${tableOf(rows)}\n`);
const failed = rows.filter((row) => row.faults.length > 0);
for (const row of failed)
  process.stdout.write(
    `\n${row.dataset}:\n${row.faults.map((fault) => `  ${fault}`).join("\n")}\n`,
  );
process.stdout.write(`\n${rows.length - failed.length} passed, ${failed.length} failed\n`);
if (failed.length > 0) process.exitCode = 1;

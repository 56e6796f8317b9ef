import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openDuck } from "../src/data/duck.ts";
import { type Measured, run } from "./measure.ts";
import { median, print, say } from "./report.ts";

/** A virtual environment with numpy, scipy, pandas and polars; made by hand, ignored by git. */
const PYTHON = join(process.cwd(), ".venv-bench", "bin", "python");
const OURS = join(process.cwd(), "bench", "drift-ours.mjs");
const PEER = join(process.cwd(), "bench", "drift_peer.py");

interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** Columns of every kind that doubles come in: normal, heavy tails, integers, two decimals, with missing values; the same bytes each time. */
const columnSql = (at: number, seed: number): string => {
  const u = (k: number) => `((hash(i, ${seed + 100 * at + k}) % 1000003 + 1) / 1000005.0)`;
  const normal = `sqrt(-2 * ln(${u(1)})) * cos(6.283185307 * ${u(2)})`;
  const kinds = [
    normal,
    `exp(1.5 * ${normal})`,
    `floor(1000 * ${u(1)})`,
    `round(${normal}, 2)`,
    `CASE WHEN ${u(3)} < 0.05 THEN NULL ELSE -ln(${u(1)}) END`,
  ];
  return `${kinds[at % kinds.length]} AS x${at}`;
};

const write = async (dir: string, name: string, { columns, rows }: Size, seed: number) => {
  const list = Array.from({ length: columns }, (_, at) => columnSql(at, seed)).join(", ");
  const duck = await openDuck({ memoryMb: 1024, threads: 2 });
  try {
    const parquet = join(dir, `${name}.parquet`);
    await duck.connection.run(
      `COPY (SELECT ${list} FROM range(${rows}) t(i)) TO '${parquet}' (FORMAT parquet)`,
    );
    await duck.connection.run(`COPY (FROM '${parquet}') TO '${join(dir, `${name}.csv`)}' (HEADER)`);
  } finally {
    duck.close();
  }
};

interface Contestant {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

type Answers = Readonly<
  Record<string, { readonly lo?: number; readonly hi?: number; readonly ks?: number }>
>;

const parse = (measured: Measured): Answers =>
  measured.exitCode === 0 ? JSON.parse(measured.stdout) : {};

/** True when both found the same distances, or the peer's lie within our bounds. */
const agree = (ours: Answers, peer: Answers): boolean =>
  Object.keys(peer).length > 0 &&
  Object.entries(peer).every(([name, { ks = 0 }]) => {
    const { hi = -1, lo = 2 } = ours[name] ?? {};
    return lo - 1e-12 <= ks && ks <= hi + 1e-12;
  });

const show = (name: string, runs: readonly Measured[]): void => {
  const wall = runs.map(({ wallMs }) => wallMs / 1000);
  const spread = `${Math.min(...wall).toFixed(2)}–${Math.max(...wall).toFixed(2)}`;
  const cpu = median(runs.map(({ cpuMs }) => cpuMs)) / 1000;
  const peak = Math.max(...runs.map(({ peakMb }) => peakMb));
  const failed = runs.some(({ exitCode }) => exitCode !== 0) ? "   FAILED" : "";
  say(
    `${name.padEnd(44)}${median(wall).toFixed(2).padStart(8)} s wall (${spread})${cpu.toFixed(2).padStart(8)} s CPU${peak.toFixed(0).padStart(7)} MB${failed}`,
  );
};

const hasPeer = (module: string): boolean =>
  existsSync(PYTHON) && spawnSync(PYTHON, ["-c", `import scipy, ${module}`]).status === 0;

/**
 * Drift checks by ours and by its peers, alternating in one run: wall and processor time, memory and the ratio from that run. A peer that is
 * not installed is printed as missing. `repeats` rounds each.
 */
export const benchDrift = async (dir: string, size: Size, repeats: number): Promise<void> => {
  say(
    `drift, ${size.rows.toLocaleString("en-US")} rows × ${size.columns} columns, ${repeats} rounds; the cached run reads half the data`,
  );
  await write(dir, "reference", size, 1);
  await write(dir, "current", size, 500_000);
  const file = (name: string, ending: string) => join(dir, `${name}.${ending}`);
  const ours = (mode: string, ending: string): Contestant => ({
    name: `ours, ${mode}, ${ending}`,
    command: process.execPath,
    args: [
      OURS,
      mode,
      file("reference", ending),
      file("current", ending),
      join(dir, `blobs-${ending}`),
    ],
  });
  const peers = ["pandas", "polars"].flatMap((tool): readonly Contestant[] => {
    if (!hasPeer(tool)) {
      say(
        `${tool} with scipy: MISSING (python -m venv .venv-bench && .venv-bench/bin/pip install numpy scipy pandas polars)`,
      );
      return [];
    }
    return [
      {
        name: `${tool} + scipy, csv`,
        command: PYTHON,
        args: [PEER, tool, file("reference", "csv"), file("current", "csv")],
      },
    ];
  });
  for (const ending of ["csv", "parquet"])
    await run(process.execPath, ours("profile", ending).args);
  const all = [
    ...peers,
    ours("both", "csv"),
    ours("cached", "csv"),
    ours("both", "parquet"),
    ours("cached", "parquet"),
  ];
  const runs = new Map<string, Measured[]>();
  for (let round = 0; round < repeats; round++) {
    for (const { args, command, name } of all)
      runs.set(name, [...(runs.get(name) ?? []), await run(command, args)]);
  }
  for (const [name, list] of runs) show(name, list);
  const of = (name: string) => runs.get(name) ?? [];
  const wall = (name: string) => median(of(name).map(({ wallMs }) => wallMs));
  const [truth] = of("pandas + scipy, csv");
  if (!truth) return;
  const answers = parse(truth);
  for (const [name, list] of runs) {
    const [first] = list;
    if (name.startsWith("ours") && first)
      say(
        `  ${name}: ${agree(parse(first), answers) ? "agrees with scipy on every column" : "DIFFERS FROM SCIPY"}`,
      );
  }
  const base = wall("pandas + scipy, csv");
  print({
    what: "pandas + scipy / ours, both sets, same CSV",
    value: base / wall("ours, both, csv"),
    unit: "×",
    bound: 2,
    atLeast: true,
  });
  print({
    what: "pandas + scipy / ours, cached reference, CSV (half the data)",
    value: base / wall("ours, cached, csv"),
    unit: "×",
    bound: 8,
    atLeast: true,
  });
  print({
    what: "pandas + scipy / ours, cached reference, Parquet",
    value: base / wall("ours, cached, parquet"),
    unit: "×",
    bound: null,
  });
  const peak = Math.max(
    ...[...runs]
      .filter(([name]) => name.startsWith("ours"))
      .flatMap(([, list]) => list.map(({ peakMb }) => peakMb)),
  );
  print({ what: "  peak memory of ours", value: peak, unit: "MB", bound: 600 });
};

/** Memory and time of ours alone on many columns. */
export const benchWide = async (dir: string, size: Size): Promise<void> => {
  say(`drift, ${size.rows.toLocaleString("en-US")} rows × ${size.columns} columns, ours alone`);
  await write(dir, "reference", size, 1);
  await write(dir, "current", size, 500_000);
  const args = (mode: string, ending: string) => [
    OURS,
    mode,
    join(dir, `reference.${ending}`),
    join(dir, `current.${ending}`),
    join(dir, `wide-${ending}`),
  ];
  for (const [mode, ending] of [
    ["both", "parquet"],
    ["profile", "parquet"],
    ["cached", "parquet"],
    ["profile", "csv"],
    ["cached", "csv"],
  ] as const) {
    const found = await run(process.execPath, args(mode, ending));
    show(`ours, ${mode}, ${ending}`, [found]);
    print({ what: "  peak memory", value: found.peakMb, unit: "MB", bound: 600 });
  }
};

import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCompareTraining, type TrainBothDeps } from "../../src/agents/train-both.ts";
import { findPython } from "../../src/checks/python.ts";
import { createSandbox } from "../../src/checks/sandbox/create-sandbox.ts";
import { probeSandbox } from "../../src/checks/sandbox/probe-sandbox.ts";
import { createTools } from "../../src/checks/tools.ts";
import { splitHoldout } from "../../src/data/holdout.ts";
import { openDataset } from "../../src/data/open.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { birdstrikesFacts, bytes, tree } from "../support/tool-context.ts";

const path = process.env.PATH ?? "/usr/bin:/bin";
const held: {
  home: string;
  bench: Pick<TrainBothDeps, "sandbox" | "make" | "python" | "readOnly"> | null;
} = { home: "", bench: null };

beforeAll(async () => {
  held.home = await mkdtemp(join(tmpdir(), "mlpipeline-both-"));
  const folder = join(held.home, "sandbox");
  const probe = await probeSandbox({
    path,
    folder,
    clock: systemClock,
    uid: process.getuid?.() ?? 0,
  });
  const python = await findPython({ path, home: held.home });
  const make = await createTools({ path }).find("make");
  if (probe.kind === "none" || !python.ok || make === null) return;
  held.bench = {
    sandbox: createSandbox({ probe, folder, clock: systemClock }),
    make: make.path,
    python: python.path,
    readOnly: [python.prefix, ...make.readOnly],
  };
}, 30_000);
afterAll(() => rm(held.home, { recursive: true, force: true }));

/** A pipeline without packages: train writes what predict answers. `how` is the body of train, in Python. */
const repository = (how: string) =>
  tree({
    Makefile: "train:\n\t$(PY) -m p.train\n",
    "src/p/__init__.py": "",
    "src/p/train.py": `import json\nrows = 200\nscores = None\n${how}\njson.dump(scores, open("model.json", "w"))\n`,
    "src/p/predict.py":
      'import json, sys\nout = sys.argv[sys.argv.index("--output") + 1]\nsaid = json.load(open("model.json"))\nopen(out, "w").write("prediction_id,score,label\\n" + "".join(f"{n},{s},0\\n" for n, s in enumerate(said)))\n',
  });
const GOOD = "scores = [((n * 37) % 101) / 101 + (0.5 if n % 4 == 0 else 0) for n in range(rows)]";
const BAD = "scores = [((n * 37) % 101) / 101 for n in range(rows)]";
const truth = Array.from({ length: 200 }, (_, row) => (row % 4 === 0 ? "Minor" : "None"));

const compare = (more: Partial<TrainBothDeps> = {}) => {
  if (held.bench === null) return null;
  return createCompareTraining({
    ...held.bench,
    pkg: "p",
    layOut: async (files) => files,
    withFolder: async (use) => {
      const dir = await mkdtemp(join(held.home, "train-"));
      try {
        return await use(dir);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
    holdout: async () => ({ fit: bytes("fit"), hold: bytes("hold"), truth }),
    facts: birdstrikesFacts(),
    margin: 0,
    minutes: 1,
    memoryMb: 1024,
    seed: 1,
    ...more,
  });
};
const judge = async (draft: string, now: string) => {
  const run = compare();
  if (run === null) return null;
  return (await run(repository(draft), repository(now), new AbortController().signal)).map(
    ({ message, severity }) => `${severity}: ${message}`,
  );
};

test("a version that is worse on the hold-out is blocked, without a figure that could be searched with", async ({
  skip,
}) => {
  const found = await judge(GOOD, BAD);
  if (found === null) return skip("no sandbox, Python or make here");
  expect(found).toEqual([expect.stringMatching(/^block: your version is worse than the draft/)]);
  expect(found.join()).not.toMatch(/0\.\d/);
}, 60_000);

test("a version that is as good or better passes, and its figures are kept for people", async ({
  skip,
}) => {
  const found = await judge(BAD, GOOD);
  if (found === null) return skip("no sandbox, Python or make here");
  expect(found).toEqual([
    expect.stringMatching(
      /^info: roc_auc 0\.\d+, the draft 0\.\d+: difference 0\.\d+ \[0\.\d+, 0\.\d+\] on 200 hold-out rows$/,
    ),
  ]);
}, 60_000);

test("where the draft itself cannot be trained nothing is compared, and that is said", async ({
  skip,
}) => {
  const found = await judge("raise SystemExit(3)", GOOD);
  if (found === null) return skip("no sandbox, Python or make here");
  expect(found).toEqual([
    "warn: the hold-out was NOT COMPARED with the draft: make train ended with 2",
  ]);
}, 60_000);

describe("training that a hostile model wrote ends as a finding, with nothing outside touched", () => {
  const cases = [
    ["forks without end", "import os\nwhile True:\n    os.fork()"],
    ["never ends", "while True:\n    pass"],
    ["eats memory", "x = []\nwhile True:\n    x.append(bytearray(50_000_000))"],
    ["reads the hold-out before it is there", 'open("holdout.parquet").read()'],
    ["reads a secret of the home", 'open("HOME/secret.key").read()'],
    ["writes outside", 'open("HOME/escaped", "w").write("x")'],
    [
      "follows a link out",
      'import os\nos.symlink("HOME", "out")\nopen("out/escaped", "w").write("x")',
    ],
    [
      "calls a server of this machine",
      'import socket\nsocket.create_connection(("127.0.0.1", PORT), 2).send(b"rows")',
    ],
    ["asks the network", 'import socket\nsocket.getaddrinfo("example.org", 80)'],
  ] as const;
  for (const [name, how] of cases)
    test(name, async ({ skip }) => {
      const { bench, home } = held;
      if (bench === null) return skip("no sandbox, Python or make here");
      await writeFile(join(home, "secret.key"), "the key");
      const calls: string[] = [];
      const server = createServer((socket) =>
        socket.on("data", (data) => calls.push(String(data))),
      );
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      // A minute of training is too long for a test: the same limits, the wall nearer.
      const sandbox: TrainBothDeps["sandbox"] = {
        ...bench.sandbox,
        run: (request) =>
          bench.sandbox.run({
            ...request,
            limits: { ...request.limits, wallMs: 4_000, processes: 64, memoryMb: 512 },
          }),
      };
      const before = (await readdir(home)).sort();
      const run = compare({ sandbox });
      const now = repository(how.replaceAll("HOME", home).replaceAll("PORT", String(port)));
      const found = await run?.(repository(GOOD), now, new AbortController().signal);
      server.close();
      expect(found).toMatchObject([
        { severity: "block", message: expect.stringContaining("could not be trained") },
      ]);
      expect(existsSync(join(home, "escaped"))).toBe(false);
      expect((await readdir(home)).sort()).toEqual(before);
      expect(calls).toEqual([]);
    }, 60_000);
});

test("the rows are divided as the facts say: by time, by entity, or at random, and the target stays with the judge", async () => {
  const file = join(held.home, "rows.csv");
  const lines = Array.from(
    { length: 1_000 },
    (_, n) => `2024-01-${String(1 + (n % 28)).padStart(2, "0")},e${n % 40},p${n}@x.org,${n % 3}`,
  );
  await writeFile(file, `day,who,mail,target\n${lines.join("\n")}\n`);
  const dataset = await openDataset({ path: file });
  const rule = { time: "day", entity: ["who"], target: "target", personal: ["mail"], seed: 1 };
  const split = { cut: "2024-01-21", holdoutShare: 0.2, folds: 5, reason: "" };
  try {
    const byTime = await splitHoldout(dataset, { ...rule, split: { ...split, kind: "time" } });
    expect(byTime.truth).toHaveLength(lines.filter((line) => line >= "2024-01-21").length);
    const byEntity = await splitHoldout(dataset, { ...rule, split: { ...split, kind: "entity" } });
    const random = await splitHoldout(dataset, { ...rule, split: { ...split, kind: "random" } });
    for (const { truth: own } of [byEntity, random])
      expect(own.length / 1_000).toBeGreaterThan(0.05);
    await writeFile(join(held.home, "hold.parquet"), byEntity.hold);
    await writeFile(join(held.home, "fit.parquet"), byEntity.fit);
    const [hold, fit] = [
      await openDataset({ path: join(held.home, "hold.parquet") }),
      await openDataset({ path: join(held.home, "fit.parquet") }),
    ];
    expect(hold.columns.map(({ name }) => name)).toEqual(["day", "who"]);
    expect(fit.columns.map(({ name }) => name)).toEqual(["day", "who", "target"]);
    expect(hold.rowCount + fit.rowCount).toBe(1_000);
    const whoIn = async (one: typeof hold) =>
      new Set((await one.rows("SELECT DISTINCT who FROM data")).map(([who]) => who));
    const [inHold, inFit] = [await whoIn(hold), await whoIn(fit)];
    expect([...inHold].filter((who) => inFit.has(who))).toEqual([]);
    hold.close();
    fit.close();
  } finally {
    dataset.close();
  }
}, 30_000);

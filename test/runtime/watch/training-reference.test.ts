import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDuck } from "../../../src/data/duck.ts";
import { quoteText } from "../../../src/data/sql.ts";
import { readFacts, readRunInput } from "../../../src/runtime/documents.ts";
import { createMeasuring } from "../../../src/runtime/measuring.ts";
import {
  createTrainingReference,
  readHoldoutMetric,
  type TrainingReference,
} from "../../../src/runtime/watch/training-reference.ts";
import type { Facts } from "../../../src/spec/facts.ts";
import { createTestApp, type TestApp } from "../../support/test-app.ts";

const PATIENCE = 120_000;
const ROWS = 1_000;
const DAY_MS = 86_400_000;

let dir: string;
let t: TestApp;
let training: TrainingReference;
let facts: Facts;
let runId: string;

/** A year of visits with an address of a person in each row; every fourth one comes back. */
const visits = (): string => {
  const lines = ["Visit Day,Email,Spent Total,Region,Returned"];
  for (let n = 0; n < ROWS; n++) {
    const day = new Date(Date.UTC(2025, 0, 1) + Math.floor((n * 365) / ROWS) * DAY_MS);
    const back = (n * 7919) % 4 === 0 ? "yes" : "no";
    const region = ["north", "south", "east"][(n * 31) % 3];
    lines.push(
      `${day.toISOString().slice(0, 10)},person${n}@example.org,${((n * 37) % 500) / 4},${region},${back}`,
    );
  }
  return `${lines.join("\n")}\n`;
};

const started = async (): Promise<string> => {
  const { run_id } = (await t.call("run_start", {
    pipeline: "visits",
    goal: "Predict who comes back",
    dataset: join(dir, "visits.csv"),
    target: "Returned",
  })) as unknown as { run_id: string };
  return run_id;
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-training-"));
  await writeFile(join(dir, "visits.csv"), visits());
  t = await createTestApp({ dir, workspace: `data: {roots: ["${dir}"]}` });
  runId = await started();
  const { deps } = t.app;
  const { specHash } = await t.app.store.runs.state(runId);
  facts = await readFacts(deps.blobs, (await readRunInput(deps.blobs, specHash)).factsHash);
  training = createTrainingReference({ ...deps, openData: createMeasuring(deps).reopen });
}, PATIENCE);

afterAll(async () => {
  await t.close();
  await rm(dir, { recursive: true, force: true });
});

const kept = () => readdir(join(t.config.homeDir, "watch", "reference")).catch(() => []);

test(
  "the rows that a run learned from come from its snapshot, before the cut, under field names and without personal columns",
  async () => {
    const { sha256 } = facts.snapshot;
    const source = await training.rows("visits", sha256);
    if (source?.kind !== "files") throw new Error("there is no reference");
    expect(await kept()).toEqual([expect.stringMatching(new RegExp(`^${sha256}\\..*parquet$`))]);
    const duck = await openDuck({ memoryMb: 256, threads: 1 });
    try {
      const from = `read_parquet(${quoteText(source.path)})`;
      const columns = (await duck.rows(`DESCRIBE SELECT * FROM ${from}`)).map(([name]) => name);
      expect(columns).toEqual(["visit_day", "spent_total", "region", "returned"]);
      expect(facts.split.kind).toBe("time");
      const [[count, last] = []] = await duck.rows(`SELECT count(*), max(visit_day) FROM ${from}`);
      const cut = Date.parse(facts.split.cut ?? "");
      const days = Array.from({ length: ROWS }, (_, n) => Math.floor((n * 365) / ROWS));
      const delayed = cut - facts.target.labelDelayDays * DAY_MS;
      const before = days.filter((day) => Date.UTC(2025, 0, 1) + day * DAY_MS < delayed);
      expect(Number(count)).toBe(before.length);
      expect(Date.parse(`${String(last).slice(0, 10)}T00:00:00Z`)).toBeLessThan(cut);
    } finally {
      duck.close();
    }
    expect(await training.rows("visits", sha256)).toEqual(source);
    expect(await training.rows("visits", "0".repeat(64))).toBeNull();
    expect(await training.rows("nobody", sha256)).toBeNull();
  },
  PATIENCE,
);

test(
  "a snapshot that was forgotten takes the rows with it, and monitors then have no reference",
  async () => {
    const { sha256 } = facts.snapshot;
    await training.rows("visits", sha256);
    await t.call("run_control", { run_id: runId, action: "cancel", reason: "to forget" });
    await t.call("snapshot_forget", { snapshot: sha256, confirm: true });
    expect(await kept()).toEqual([]);
    expect(await training.rows("visits", sha256)).toBeNull();
    // For the other test, whichever comes first.
    runId = await started();
  },
  PATIENCE,
);

test("the hold-out metric is what the training wrote, and another metric's or a broken file is none", async () => {
  const path = join(dir, "metrics.json");
  await writeFile(path, JSON.stringify({ metric: "roc_auc", value: 0.74, low: 0.71, high: 0.77 }));
  expect(await readHoldoutMetric(path, "roc_auc")).toEqual({ value: 0.74, low: 0.71, high: 0.77 });
  expect(await readHoldoutMetric(path, "mae")).toBeNull();
  await writeFile(path, "{");
  expect(await readHoldoutMetric(path, "roc_auc")).toBeNull();
  expect(await readHoldoutMetric(join(dir, "none.json"), "roc_auc")).toBeNull();
});

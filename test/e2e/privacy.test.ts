import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type App, createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import type { Actor } from "../../src/engine/command.ts";
import { waitForStandstill } from "../../src/runtime/drive.ts";

const PLANTED = {
  email: "quirinius.wobbleton@planted.example",
  phone: "+49 30 7654321",
  name: "Quirinius Wobbleton",
  id: "CUST-778899",
};

/** Customers with several orders each, everything about them personal; one of them is looked for everywhere. */
const customers = (): string => {
  const lines = Array.from({ length: 600 }, (_, n) => {
    const c = n % 90;
    const who =
      c === 7
        ? [PLANTED.id, PLANTED.email, PLANTED.phone, PLANTED.name]
        : [
            `CUST-${100_000 + c}`,
            `c${c}@shop.example`,
            `+49 40 ${1_000_000 + c}`,
            `Anna Smith${"abcdefghi"[c % 9]}${"xyz"[c % 3]}`,
          ];
    const day = new Date(Date.UTC(2024, 0, 1 + Math.floor(n / 3))).toISOString().slice(0, 10);
    return [
      ...who,
      day,
      (n * 37) % 211,
      ["web", "shop"][n % 2],
      (n * 7919) % 13 < 4 ? "yes" : "no",
    ].join(",");
  });
  return `customer_id,email,phone,full_name,ordered_on,price,channel,returned\n${lines.join("\n")}\n`;
};

let dir: string;
let app: App;
let owner: Actor;
let runId: string;
const said: string[] = [];
const answers: string[] = [];

const call = async (name: string, input: object): Promise<Record<string, unknown>> => {
  const operation = app.operations.get(name);
  if (!operation) throw new Error(`no operation ${name}`);
  const answer = await operation.run(input, {
    actor: owner,
    key: `privacy/${answers.length}/${name}`,
  });
  answers.push(JSON.stringify(answer));
  return answer as Record<string, unknown>;
};

const drive = async () => {
  const stop = new AbortController();
  const worker = app.runtime.createWorker("privacy", (_, __, text) => said.push(text), stop.signal);
  await worker.takeOver();
  const working = worker.run(stop.signal);
  try {
    return await waitForStandstill(
      { store: app.store, feed: app.runtime.feed },
      runId,
      AbortSignal.timeout(240_000),
    );
  } finally {
    stop.abort();
    await working;
  }
};

/** What blocked, for whoever reads why this test failed. */
const findings = async () => {
  const events = await app.store.events.since(runId, 0, 10_000);
  const hash = events.findLast(({ body }) => body.type === "StepChecked")?.body;
  const blob = hash?.type === "StepChecked" ? await app.deps.blobs.get(hash.findingsHash) : null;
  const report = JSON.parse(Buffer.from(blob ?? []).toString()) as {
    readonly findings: readonly { readonly severity: string }[];
  };
  return report.findings.filter(({ severity }) => severity === "block");
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-privacy-"));
  await mkdir(join(dir, "home"), { recursive: true });
  writeFileSync(
    join(dir, "home", "mlpipeline.yml"),
    "sandbox: {install: false}\npolicy: {default: {min_level: {training: unverified, tests: unverified, else: unverified}}}\n",
  );
  writeFileSync(join(dir, "customers.csv"), customers());
  vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  app = await createApp(
    readConfig(
      { cwd: dir, homeDir: join(dir, "home"), osUser: "tess" },
      { PATH: process.env.PATH, HOME: process.env.HOME },
    ),
  );
  const { owner: person } = await app.ensureOwner();
  owner = { person, via: "cli", ref: "test", model: false };
  const started = await call("run_start", {
    goal: "predict which orders come back",
    dataset: join(dir, "customers.csv"),
    target: "returned",
    options: {},
  });
  runId = String(started.run_id);
  for (const _ of [1, 2, 3, 4]) {
    const end = await drive();
    if (end.kind !== "handoff") throw new Error(JSON.stringify([end, await findings()]));
    const approval = end.approvalId;
    const handoff = await call("handoff_get", { approval });
    if ((handoff.below_level as readonly string[]).length > 0)
      await call("level_waive", { approval, reason: "nothing is installed here" });
    await call("approval_vote", { approval, decision: "approve" });
  }
  await drive();
}, 300_000);
afterAll(async () => {
  vi.restoreAllMocks();
  app.close();
  await rm(dir, { recursive: true, force: true });
});

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile());
const holds = (text: string): readonly string[] =>
  Object.entries(PLANTED).flatMap(([kind, value]) =>
    text.toLowerCase().includes(value.toLowerCase()) ? [kind] : [],
  );

test("a planted e-mail, phone, name and id stand in no file of the repository", async () => {
  const repository = await app.runtime.repositoryDir(runId);
  const files = filesIn(repository).filter((path) => !path.includes("/.git/"));
  expect(files.length).toBeGreaterThan(100);
  for (const path of files) expect([path, holds(readFileSync(path, "latin1"))]).toEqual([path, []]);
});

test("they stand nowhere in the home but in the snapshot of the source", () => {
  const home = join(dir, "home");
  const outside = filesIn(home).filter((path) => !path.startsWith(join(home, "snapshots")));
  for (const path of outside)
    expect([path, holds(readFileSync(path, "latin1"))]).toEqual([path, []]);
  const kept = filesIn(join(home, "snapshots")).map((path) => holds(readFileSync(path, "utf8")));
  expect(kept).toEqual([["email", "phone", "name", "id"]]);
});

test("no operation answers with them, and nothing that was logged or shown holds them", async () => {
  const repository = await app.runtime.files(runId);
  for (const { path } of repository)
    await call("deliverable_read", { run_id: runId, path, max_chars: 20_000 }).catch(() => null);
  for (const operation of app.operations.values()) {
    if (!operation.definition.annotations.readOnlyHint) continue;
    for (const input of [{}, { run_id: runId }, { run: runId }])
      await call(operation.definition.name, input).catch(() => null);
  }
  expect(answers.length).toBeGreaterThan(100);
  expect([...answers, ...said].flatMap(holds)).toEqual([]);
}, 240_000);

test("the sample keeps the groups of a personal entity as keyed hashes and nothing else of a person", async () => {
  const repository = await app.runtime.repositoryDir(runId);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const sample = `read_parquet('${join(repository, "data", "sample.parquet")}')`;
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
  const columns = (await rows(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${sample})`)).flat();
  expect(columns).toEqual(["ordered_on", "price", "channel", "returned", "customer_id__pseudonym"]);
  expect(
    await rows(
      `SELECT count(DISTINCT customer_id__pseudonym)::INT, bool_and(regexp_full_match(customer_id__pseudonym, '[0-9a-f]{16}')) FROM ${sample}`,
    ),
  ).toEqual([[90, true]]);
  connection.closeSync();
  instance.closeSync();
});

test("the check for personal values was given some to look for, and found none", async () => {
  const events = await app.store.events.since(runId, 0, 10_000);
  const checked = events.flatMap(({ body }) =>
    body.type === "StepChecked" ? [body.findingsHash] : [],
  );
  expect(checked.length).toBeGreaterThanOrEqual(7);
  for (const hash of checked) {
    const report = JSON.parse(Buffer.from((await app.deps.blobs.get(hash)) ?? []).toString()) as {
      readonly results: readonly { readonly check: string; readonly status: string }[];
    };
    expect(report.results).toContainEqual(
      expect.objectContaining({ check: "personal-data", status: "passed" }),
    );
  }
});

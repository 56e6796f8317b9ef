import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/hash.ts";
import { openStore } from "../../src/store/open.ts";
import { type EventRow, hashOf } from "../../src/store/sqlite/chain.ts";
import { busyRun, commented, commit, FILES, MIGRATIONS, startRun } from "../support/store-world.ts";

type Opened = Awaited<ReturnType<typeof openStore>>;

const HASHED = ["body", "actor", "hash", "prev", "cause", "type"] as const;
const PROJECTED: readonly (readonly [string, string])[] = [
  ["run", "status"],
  ["run", "spent_micro_usd"],
  ["run", "number"],
  ["phase", "status"],
  ["step", "body"],
  ["step", "status"],
  ["attempt", "body"],
  ["attempt", "fence"],
  ["approval", "body"],
  ["approval", "deadline_ms"],
  ["vote", "body"],
  ["comment", "body"],
  ["llm_call", "micro_usd"],
  ["llm_call", "superseded"],
  ["manifest", "files"],
];

describe("verify", () => {
  let folder = "";
  let store: Opened;
  let raw: Database.Database;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "verify-"));
    const file = join(folder, "mlpipeline.db");
    store = await openStore({ file, migrations: MIGRATIONS });
    raw = new Database(file);
  });
  afterEach(async () => {
    raw.close();
    store.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("finds nothing wrong with what commands wrote, and names the blobs of events and manifests", async () => {
    const runId = await busyRun(store);
    const head = await store.events.head(runId);
    const [verdict, ...others] = await store.verify(null);
    expect(others).toMatchObject([{ name: "(workspace)", events: 2, fault: null }]);
    expect(verdict).toMatchObject({ runId, name: "birdstrikes-1", fault: null, seq: null });
    expect(verdict).toMatchObject({ events: head?.seq, headHash: head?.hash });
    expect(verdict?.blobs).toContain(sha256("summary"));
    expect(verdict?.blobs).toContain(FILES[0]?.sha256);
  });

  test("finds one flipped bit anywhere in a hashed column, and names the first event that does not hold", async () => {
    const runId = await busyRun(store);
    const { seq: last = 0 } = (await store.events.head(runId)) ?? {};
    const where = fc.record({
      seq: fc.integer({ min: 1, max: last }),
      column: fc.constantFrom(...HASHED),
      at: fc.nat(10_000),
      bit: fc.nat(6),
    });
    await fc.assert(
      fc.asyncProperty(where, async ({ at, bit, column, seq }) => {
        const row = { runId, seq };
        const select = `select ${column} as text from event where run_id = :runId and seq = :seq`;
        const { text } = raw.prepare(select).get(row) as { text: string };
        const bytes = Buffer.from(text, "utf8");
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << bit);
        const update = raw.prepare(
          `update event set ${column} = cast(:value as text) where run_id = :runId and seq = :seq`,
        );
        update.run({ ...row, value: bytes });
        const [verdict] = await store.verify(runId);
        expect(verdict).toMatchObject({ seq, events: seq - 1 });
        expect(verdict?.fault).not.toBeNull();
        update.run({ ...row, value: Buffer.from(text, "utf8") });
        expect((await store.verify(runId))[0]?.fault).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  test.each(PROJECTED)("finds a changed %s.%s", async (table, column) => {
    await busyRun(store);
    const flag = column === "superseded";
    // Integers and plain texts get another value; JSON stays JSON with another content.
    const set = `case when ${column} like '{%' or ${column} like '[%' then replace(${column}, 'e', 'i')
      when typeof(${column}) = 'integer' then ${flag ? `1 - ${column}` : `${column} + 1`}
      else ${column} || 'x' end`;
    raw.exec(`update ${table} set ${column} = ${set}`);
    const [verdict] = await store.verify(null);
    expect(verdict?.seq).toBeNull();
    expect(verdict?.fault).toContain(table);
  });

  test.each(["vote", "comment", "attempt", "phase", "run"])(
    "finds a missing row of table %s",
    async (table) => {
      await busyRun(store);
      raw.exec(`delete from ${table}`);
      expect((await store.verify(null))[0]?.fault).toContain(table);
    },
  );

  test("finds a gap, a cut-off tail and a log that is gone", async () => {
    const runs = [await busyRun(store), await busyRun(store), await busyRun(store)] as const;
    raw.prepare("delete from event where run_id = ? and seq = 3").run(runs[0]);
    raw.prepare("delete from event where run_id = ? and seq > 5").run(runs[1]);
    raw.prepare("delete from event where run_id = ?").run(runs[2]);
    const verdicts = new Map((await store.verify(null)).map((one) => [one.runId, one]));
    expect(verdicts.get(runs[0])).toMatchObject({ seq: 3 });
    expect(verdicts.get(runs[1])?.fault).toContain("tail");
    expect(verdicts.get(runs[2])?.fault).toContain("log is gone");
  });

  test("finds a tail that was cut off together with everything made from it, by a head known from elsewhere", async () => {
    const runId = await startRun(store);
    const dump = join(folder, "older.db");
    raw.exec(`vacuum into '${dump}'`);
    await commit(store, runId, { events: [commented("approved")] });
    const head = (await store.events.head(runId))?.hash ?? "";
    const older = await openStore({ file: dump, migrations: MIGRATIONS });
    try {
      expect((await older.verify(null))[0]?.fault).toBeNull();
      expect((await older.verify(runId, head))[0]).toMatchObject({ seq: 4 });
      expect((await older.verify(null, head)).at(-1)?.fault).toContain("cut off");
      expect((await store.verify(null, head)).map((one) => one.fault)).toEqual([null, null]);
    } finally {
      older.close();
    }
  });

  test("finds an event that nobody can fold, although its chain holds", async () => {
    const runId = await startRun(store);
    const last = raw
      .prepare("select * from event where run_id = ? order by seq desc")
      .get(runId) as EventRow;
    const forged = {
      ...last,
      seq: 4,
      type: "RunDreamt",
      body: '{"type":"RunDreamt"}',
      prev: last.hash,
    };
    const { actor, at, body, cause, prev, seq, type, v } = forged;
    const hash = hashOf({ runId, seq, type, v, at, actor, cause, body, prev });
    raw
      .prepare(
        "insert into event (run_id, seq, type, v, at, actor, cause, body, prev, hash) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      )
      .run(runId, seq, type, v, at, actor, cause, body, prev, hash);
    const [verdict] = await store.verify(null);
    expect(verdict).toMatchObject({ seq: 4, events: 3 });
    expect(verdict?.fault).toContain("RunDreamt");
  });

  test("a broken log is not folded over: the run cannot be loaded by a process that has not read it yet", async () => {
    const runId = await busyRun(store);
    raw.prepare("update event set at = at + 1 where run_id = ? and seq = 2").run(runId);
    const file = join(folder, "mlpipeline.db");
    const second = await openStore({ file, migrations: MIGRATIONS });
    const loading = second.runs.state(runId);
    await expect(loading).rejects.toMatchObject({ code: "LOG_BROKEN" });
    second.close();
  });

  test("a long log is loaded from a kept fold that equals the whole one, and an altered one is not used", async () => {
    const runId = await startRun(store);
    const many = Array.from({ length: 520 }, (_, n) => commented(`${n}`));
    await commit(store, runId, { events: many });
    await commit(store, runId, { events: [commented("after")] });
    const file = join(folder, "mlpipeline.db");
    const kept = () => raw.prepare("select seq from snapshot_state").get();
    expect(kept()).toEqual({ seq: 523 });
    expect((await store.verify(null))[0]?.fault).toBeNull();
    raw.exec("update snapshot_state set body = replace(body, 'running', 'failed')");
    const second = await openStore({ file, migrations: MIGRATIONS });
    expect(await second.runs.state(runId)).toEqual(await store.runs.state(runId));
    expect((await second.runs.state(runId)).status).toBe("running");
    second.close();
    expect((await store.verify(null))[0]?.fault).toContain("snapshot_state");
  });
});

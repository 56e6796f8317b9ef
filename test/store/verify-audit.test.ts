import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore } from "../../src/store/open.ts";
import type { CodeRow } from "../../src/store/rows.ts";
import { type EventRow, hashOf } from "../../src/store/sqlite/chain.ts";
import { ANA, busyRun, commit, MIGRATIONS, T0, voted } from "../support/store-world.ts";

type Opened = Awaited<ReturnType<typeof openStore>>;

const CODE: CodeRow = {
  lookup: "ABCD",
  purpose: "vote",
  personId: "ana",
  subject: "A/1",
  salt: "salt",
  hash: "hash",
  createdAt: T0,
  expiresAt: T0 + 600_000,
  triesLeft: 5,
  usedAt: null,
  usedKey: null,
};

describe("verify, against somebody who writes into the database", () => {
  let folder = "";
  let store: Opened;
  let raw: Database.Database;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "forged-"));
    const file = join(folder, "mlpipeline.db");
    store = await openStore({ file, migrations: MIGRATIONS });
    raw = new Database(file);
  });
  afterEach(async () => {
    raw.close();
    store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const world = async () => {
    const source = "set" as const;
    await commit(store, "workspace", {
      people: [
        { id: "ana", name: "Ana", roles: ["approver"], active: true, source },
        { id: "bo", name: "Bo", roles: [], active: true, source },
      ],
      identities: [{ kind: "slack", subject: "T1/U1", personId: "ana", source }],
      settings: [{ key: "owner", value: "ana" }],
      codes: [{ op: "put", row: CODE }],
      audit: [{ action: "PeopleRead", subject: "mlpipeline.yml" }],
    });
    return busyRun(store);
  };
  const workspace = async () =>
    (await store.verify(null)).find((one) => one.name === "(workspace)")?.fault;

  test("finds nothing wrong with what audited commands made, used or took away again", async () => {
    await world();
    const tie = { kind: "os" as const, subject: "ana", source: "set" as const };
    await commit(store, "workspace", { identities: [{ ...tie, personId: "ana" }] });
    await commit(store, "workspace", {
      identities: [{ ...tie, personId: null }],
      settings: [{ key: "owner", value: "bo" }],
      codes: [{ op: "use", lookup: "ABCD" }],
    });
    await commit(store, "workspace", { settings: [{ key: "owner", value: null }] });
    await store.codes.attempt({ lookup: "ABCD", purpose: "vote", key: "k", nowMs: T0 });
    await store.audit.append({
      action: "Refused",
      subject: "x",
      runId: null,
      actor: ANA,
      nowMs: T0,
    });
    expect((await store.verify(null)).map((one) => one.fault)).toEqual([null, null]);
  });

  test.each([
    [
      "an account tied to a person",
      "insert into identity values ('os', 'mallory', 'ana', 'set')",
      "table identity, row os mallory was made by no audited command",
    ],
    [
      "an account moved to another person",
      "update identity set person_id = 'bo' where subject = 'T1/U1'",
      "table identity, row slack T1/U1 differs from what audited commands made of it",
    ],
    [
      "a role given",
      `update person set roles = '["approver"]' where id = 'bo'`,
      "table person, row bo differs",
    ],
    [
      "a person made",
      "insert into person values ('eve', 'Eve', '[]', 1, 'set')",
      "table person, row eve was made by no audited command",
    ],
    [
      "another owner",
      `update setting set value = '"bo"' where key = 'owner'`,
      "table setting, row owner differs",
    ],
    [
      "a policy written",
      `insert into setting values ('policy', '{"default":{"quorum":1}}', 1)`,
      "table setting, row policy was made by no audited command",
    ],
    [
      "a policy taken away",
      "delete from setting where key = 'owner'",
      "table setting, row owner is gone without an audited command",
    ],
    [
      "a code of one's own",
      "insert into one_time_code select 'WXYZ', purpose, person_id, subject, salt, hash, created_at, expires_at, tries_left, used_at, used_key from one_time_code",
      "table one_time_code, row WXYZ was made by no audited command",
    ],
    [
      "a code whose answer is known",
      "update one_time_code set hash = 'known'",
      "table one_time_code, row ABCD differs",
    ],
    [
      "an audit line altered",
      "update audit set person = 'ana' where action = 'CastVote.approve'",
      "audit line 3 does not match its hash",
    ],
    [
      "an audit line taken out",
      "delete from audit where id = 2",
      "audit line 2 does not follow from the one before it",
    ],
    [
      "an audit line added",
      "insert into audit (at, actor, action, subject, head_seq) values (1, '{}', 'PersonSet', 'eve', 0)",
      "audit line 4 does not follow",
    ],
  ])("finds %s", async (_what, sql, said) => {
    await world();
    expect(await workspace()).toBeNull();
    expect(raw.prepare(sql).run().changes).toBeGreaterThan(0);
    expect(await workspace()).toContain(said);
  });

  test("finds a vote row that no event stands behind", async () => {
    const runId = await world();
    raw
      .prepare(
        "insert into vote select approval_id, 'eve', run_id, body, created_at, changed_at from vote limit 1",
      )
      .run();
    expect((await store.verify(runId))[0]?.fault).toMatch(/table vote, row .*eve differs/);
  });

  test("finds a vote whose event was chained on by hand, with its tables made to fit", async () => {
    const runId = await world();
    const [approval] = await store.approvals.list({});
    // What a forger with our own code can do: the chain holds and every table follows from the log.
    await commit(store, runId, { events: [voted(approval?.approvalId ?? "", "eve")] });
    expect((await store.verify(runId))[0]?.fault).toContain("a vote that no audited command cast");
  });

  test("finds a vote event written straight into the log", async () => {
    const runId = await world();
    const last = raw
      .prepare("select * from event where run_id = ? order by seq desc limit 1")
      .get(runId) as Record<string, unknown>;
    const body = JSON.stringify(voted("A", "eve"));
    const row = {
      runId,
      seq: Number(last.seq) + 1,
      type: "VoteCast",
      v: 1,
      at: T0,
      actor: String(last.actor),
      cause: "forged",
      body,
      prev: String(last.hash),
    } satisfies Omit<EventRow, "pos" | "hash">;
    raw
      .prepare(
        "insert into event (run_id, seq, type, v, at, actor, cause, body, prev, hash) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      )
      .run(...Object.values(row), hashOf(row));
    expect((await store.verify(runId))[0]?.fault).not.toBeNull();
  });

  test("finds a tail that was cut off together with its tables, by the heads that the audit log names", async () => {
    const runId = await world();
    const before = raw.prepare("select max(seq) as seq from event").get() as { seq: number };
    const cutAt = before.seq - 1;
    raw.prepare("delete from event where seq > ?").run(cutAt);
    expect((await store.verify(runId))[0]?.fault).toContain("cut off");
  });

  test("a head of the audit log that was noted elsewhere is known, and another one is not", async () => {
    await world();
    const head = (await store.verify(null)).at(-1)?.headHash ?? "";
    expect((await store.verify(null, head)).every((one) => one.fault === null)).toBe(true);
    expect((await store.verify(null, "0".repeat(64))).at(-1)?.fault).toContain("cut off");
  });
});

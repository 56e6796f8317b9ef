import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { emptyRun, evolve } from "../../src/engine/evolve.ts";
import { openStore } from "../../src/store/open.ts";
import { createCommit } from "../../src/store/sqlite/commit.ts";
import { connect } from "../../src/store/sqlite/connect.ts";
import { guarded, translateFault } from "../../src/store/sqlite/faults.ts";
import { createLoader } from "../../src/store/sqlite/load.ts";
import { migrate } from "../../src/store/sqlite/migrate.ts";
import { commented, commit, MIGRATIONS, startRun } from "../support/store-world.ts";

const sqliteFault = (code: string): Error => Object.assign(new Error("driver"), { code });

describe("opening the store", () => {
  let folder = "";
  let file = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "open-"));
    file = join(folder, "mlpipeline.db");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("makes the folder and the database, in WAL mode, and finds everything again after closing", async () => {
    const place = join(folder, "a", "b", "mlpipeline.db");
    const first = await openStore({ file: place, migrations: MIGRATIONS });
    const runId = await startRun(first);
    first.close();
    const raw = new Database(place);
    expect(raw.pragma("journal_mode", { simple: true })).toBe("wal");
    raw.close();
    const second = await openStore({ file: place, migrations: MIGRATIONS });
    expect(await second.runs.find(runId)).toMatchObject({ name: "birdstrikes-1" });
    second.close();
    expect(await readdir(join(folder, "a", "b"))).toEqual(["mlpipeline.db"]);
  });

  test("several stores opened at once on a new file all work", async () => {
    const open = () => openStore({ file, migrations: MIGRATIONS });
    const stores = await Promise.all([open(), open(), open()]);
    await Promise.all(stores.map((store) => startRun(store)));
    expect((await stores[0]?.runs.search({}))?.items).toHaveLength(3);
    for (const store of stores) store.close();
  });

  test("a home that cannot be written says so and what to do", async () => {
    const inTheWay = join(folder, "file");
    await writeFile(inTheWay, "");
    const opening = openStore({ file: join(inTheWay, "mlpipeline.db"), migrations: MIGRATIONS });
    await expect(opening).rejects.toMatchObject({
      kind: "config",
      code: "HOME_NOT_WRITABLE",
      next: expect.stringContaining("MLPIPELINE_HOME"),
    });
  });

  test("a database whose pages are damaged is DB_CORRUPT", async () => {
    const store = await openStore({ file, migrations: MIGRATIONS });
    await startRun(store);
    store.close();
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0xff, 4_096));
    const opening = openStore({ file, migrations: MIGRATIONS });
    await expect(opening).rejects.toMatchObject({ kind: "config", code: "DB_CORRUPT" });
  });

  test("a file that is no database is DB_CORRUPT", async () => {
    await writeFile(file, "this is not a database, only a long enough text".repeat(50));
    const opening = openStore({ file, migrations: MIGRATIONS });
    await expect(opening).rejects.toMatchObject({ kind: "config", code: "DB_CORRUPT" });
  });

  test("a schema from a later version is refused instead of written to", async () => {
    (await openStore({ file, migrations: MIGRATIONS })).close();
    const raw = new Database(file);
    raw.exec(
      "insert into __drizzle_migrations (hash, created_at) values ('later', 99999999999999)",
    );
    raw.close();
    const opening = openStore({ file, migrations: MIGRATIONS });
    await expect(opening).rejects.toMatchObject({ kind: "config", code: "DB_NEWER" });
  });

  test("a package without its migrations says so", async () => {
    const opening = openStore({ file, migrations: join(folder, "nowhere") });
    await expect(opening).rejects.toMatchObject({ code: "MIGRATIONS_MISSING" });
  });

  test.each([
    ["SQLITE_FULL", "retryable", "DISK_FULL"],
    ["ENOSPC", "retryable", "DISK_FULL"],
    ["SQLITE_BUSY_SNAPSHOT", "retryable", "DB_BUSY"],
    ["SQLITE_CORRUPT_INDEX", "config", "DB_CORRUPT"],
    ["SQLITE_READONLY_DIRECTORY", "config", "HOME_NOT_WRITABLE"],
    ["EROFS", "config", "HOME_NOT_WRITABLE"],
  ])("a fault %s is a %s error %s", (driver, kind, code) => {
    const cause = sqliteFault(driver);
    expect(translateFault(cause, file)).toMatchObject({ kind, code, cause });
  });

  test("a full disk is DISK_FULL, keeps nothing of the command, and the next one works", async () => {
    const connection = connect(file, "FULL");
    migrate(connection.client, MIGRATIONS);
    const reducer = { evolve, emptyRun };
    const loader = createLoader(connection.db, reducer);
    const write = createCommit({ connection, reducer, loader, kill: () => {} });
    const actor = { person: null, via: "cli", ref: "", model: false } as const;
    const tell = (key: string, body: string) =>
      guarded(file, () =>
        write({ runId: "r", key, payloadHash: "p", nowMs: 1, actor }, () => ({
          events: [],
          outbox: [{ effectKey: key, target: "slack", kind: "k", body }],
          answer: 1,
        })),
      );
    await tell("a", "small");
    const pages = Number(connection.client.pragma("page_count", { simple: true }));
    connection.client.pragma(`max_page_count = ${pages + 2}`);
    const full = tell("b", "x".repeat(100_000));
    await expect(full).rejects.toMatchObject({ kind: "retryable", code: "DISK_FULL" });
    connection.client.pragma("max_page_count = 1000000");
    await tell("b", "now it fits");
    connection.client.close();
    const store = await openStore({ file, migrations: MIGRATIONS });
    const rows = await store.outbox.list({});
    expect(rows.map((row) => row.body)).toEqual(["small", "now it fits"]);
    store.close();
  });

  test("a write that fails in the middle of a command keeps nothing of it", async () => {
    const store = await openStore({ file, migrations: MIGRATIONS });
    const runId = await startRun(store);
    const blocker = new Database(file);
    blocker.exec("create trigger no before insert on outbox begin select raise(abort, 'no'); end");
    blocker.close();
    const outbox = [{ effectKey: "e", target: "slack", kind: "k", body: "x" }];
    await expect(commit(store, runId, { events: [commented("x")], outbox })).rejects.toThrow("no");
    expect((await store.runs.state(runId)).seq).toBe(3);
    expect((await store.events.head(runId))?.seq).toBe(3);
    store.close();
  });
});

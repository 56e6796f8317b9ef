import { existsSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Actor } from "../../src/engine/command.ts";
import { createForget } from "../../src/runtime/forget.ts";
import { createTestApp, START, type TestApp } from "../support/test-app.ts";

const SLOW = 120_000;

let t: TestApp;
let runId: string;
beforeAll(async () => {
  t = await createTestApp();
  ({ run_id: runId } = (await t.call("run_start", START)) as unknown as { run_id: string });
  const end = await t.drive(runId);
  if (end.kind === "handoff") await t.approve(end.approvalId);
  await t.drive(runId);
}, SLOW);
afterAll(() => t.close());

interface Told {
  readonly snapshot: string;
  readonly done: boolean;
  readonly runs: readonly string[];
  readonly samples: number;
  readonly still_held: readonly string[];
}

const forget = async (input: object, actor?: Actor) =>
  (await t.call("snapshot_forget", input, actor ? { actor } : {})) as unknown as Told;

const snapshots = () => readdir(t.app.deps.home.snapshots);

test(
  "a dataset is forgotten once no live run needs it, and the log verifies with the name of who asked",
  async () => {
    await expect(forget({ snapshot: "birdstrikes-1", confirm: true })).rejects.toMatchObject({
      code: "SNAPSHOT_IN_USE",
      message: expect.stringContaining("birdstrikes-1"),
    });
    await expect(forget({ snapshot: "0000000000" })).rejects.toMatchObject({
      code: "SNAPSHOT_NOT_FOUND",
    });
    expect(await snapshots()).toHaveLength(1);
    await t.call("run_control", { run_id: runId, action: "cancel", reason: "to forget" });

    const planned = await forget({ snapshot: "birdstrikes-1" });
    expect(planned).toMatchObject({ done: false, runs: ["birdstrikes-1"], samples: 1 });
    expect(planned.still_held).toContain("repos/birdstrikes");
    expect(await snapshots()).toEqual([planned.snapshot]);

    const assistant: Actor = { person: "tess", via: "mcp", ref: "m", model: true };
    await expect(
      forget({ snapshot: planned.snapshot, confirm: true }, assistant),
    ).rejects.toThrow();
    const stranger: Actor = { person: null, via: "cli", ref: "x/mallory", model: false };
    await expect(forget({ snapshot: planned.snapshot, confirm: true }, stranger)).rejects.toThrow();
    expect(await snapshots()).toHaveLength(1);

    // A crash after the record: the request stands, the bytes are still there, and the same command finishes it.
    const owner = t.owner;
    const crashing = createForget({
      ...t.app.deps,
      kill: (name) => {
        if (name === "forget.recorded") throw new Error("killed");
      },
    });
    await expect(crashing(planned.snapshot, true, owner, "crash")).rejects.toThrow("killed");
    expect(await snapshots()).toHaveLength(1);

    const done = await forget({ snapshot: planned.snapshot.slice(0, 10), confirm: true });
    expect(done.done).toBe(true);
    expect(await snapshots()).toEqual([]);
    const [verdict] = await t.app.store.verify(runId);
    expect(verdict?.fault).toBeNull();
    const blobs = verdict?.blobs ?? [];
    const missing = blobs.filter(
      (hash) => !existsSync(join(t.app.deps.home.blobs, hash.slice(0, 2), hash)),
    );
    expect(missing).toHaveLength(1);
    expect(await t.app.damagedBlob(blobs)).toBeNull();
    const told = await t.app.forgotten(blobs);
    expect(told.join(" ")).toMatch(/was forgotten by tess at \d{4}-\d\d-\d\dT/);

    // What nobody asked to forget is damage as before.
    const other = blobs.find((hash) => !missing.includes(hash)) ?? "";
    const place = join(t.app.deps.home.blobs, other.slice(0, 2), other);
    await rm(place);
    expect(await t.app.damagedBlob(blobs)).toContain("is missing");
    await writeFile(place, "other bytes");
    expect(await t.app.damagedBlob(blobs)).toContain("was altered");
    await rm(place);
  },
  SLOW,
);

test(
  "with a joined table its sources are forgotten too, but for one that another run needs",
  async () => {
    // The test above damages its home on purpose.
    const own = await createTestApp();
    const line = (n: number) => `${n},s${n % 8},${n % 17},${(n * 7919) % 13 < 4 ? "yes" : "no"}`;
    const rows = Array.from({ length: 200 }, (_, n) => line(n)).join("\n");
    const trips = join(own.dir, "trips.csv");
    const shops = join(own.dir, "shops.csv");
    await writeFile(trips, `id,shop,size,late\n${rows}\n`);
    await writeFile(shops, "shop,rank\ns1,3\ns2,4\n");
    const request = { goal: "predict which trips are late", target: "late", options: {} };
    const sources = [`trips=${trips}`, `shops=${shops},key=shop`];
    const joined = (await own.call("run_start", {
      ...request,
      pipeline: "joined",
      sources,
    })) as unknown as { run_id: string; run: string };
    const single = (await own.call("run_start", {
      ...request,
      pipeline: "single",
      dataset: trips,
    })) as unknown as { run_id: string };
    const before = await readdir(own.app.deps.home.snapshots);
    await expect(
      own.call("snapshot_forget", { snapshot: joined.run, confirm: true }),
    ).rejects.toMatchObject({
      code: "SNAPSHOT_IN_USE",
    });
    await own.call("run_control", { run_id: joined.run_id, action: "cancel", reason: "to forget" });
    await own.call("snapshot_forget", { snapshot: joined.run, confirm: true });
    const input = await own.app.store.runs.state(single.run_id);
    const kept = JSON.parse(
      Buffer.from((await own.app.deps.blobs.get(input.specHash)) ?? []).toString(),
    ) as { snapshot: { sha256: string } };
    const after = await readdir(own.app.deps.home.snapshots);
    expect(before.length - after.length).toBe(2);
    expect(after).toContain(kept.snapshot.sha256);
    await own.close();
  },
  SLOW,
);

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { openStore } from "../../src/store/open.ts";
import { takeWorkerRole, whoWorks } from "../../src/store/worker-lock.ts";
import { STORE_CHILD } from "../support/harness.ts";
import { commented, commit, MIGRATIONS, startRun } from "../support/store-world.ts";

describe("several processes on one file", () => {
  let folder = "";
  let file = "";
  let children: ChildProcess[] = [];
  const open = () => openStore({ file, migrations: MIGRATIONS });
  const child = (...args: readonly string[]): ChildProcess => {
    const node = [STORE_CHILD, file, ...args];
    const made = spawn(process.execPath, node, { stdio: ["ignore", "pipe", "inherit"] });
    children.push(made);
    return made;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "processes-"));
    file = join(folder, "mlpipeline.db");
    children = [];
  });
  afterEach(async () => {
    for (const made of children) if (made.exitCode === null) made.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });

  test("both write to one run at the same time, and the log stays one chain that both know", async () => {
    const store = await open();
    const runId = await startRun(store);
    const writer = child("write", runId, "40");
    let exited = false;
    const exit = once(writer, "exit").then(([code]) => {
      exited = true;
      return code;
    });
    let mine = 0;
    while (!exited) {
      await commit(store, runId, { events: [commented("mine")] });
      mine += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await exit).toBe(0);
    expect(mine).toBeGreaterThan(1);
    expect((await store.runs.state(runId)).seq).toBe(3 + 40 + mine);
    expect((await store.verify(null))[0]).toMatchObject({ fault: null, events: 3 + 40 + mine });
    store.close();
  });

  test.each([
    ["command.begun", 2, 1],
    ["command.appended", 2, 1],
    ["command.committed", 2, 2],
  ])("kill -9 at %s leaves a whole log and whole commands", async (point, pass, whole) => {
    const store = await open();
    const runId = await startRun(store);
    const [, signal] = await once(child("kill", runId, point, String(pass)), "exit");
    expect(signal).toBe("SIGKILL");
    expect((await store.verify(null))[0]).toMatchObject({ fault: null, events: 3 + whole });
    expect(await store.outbox.list({})).toHaveLength(whole);
    const again = { events: [commented("again")], answer: "again" };
    const outcome = await commit(store, runId, again, { key: "kill/1" });
    expect(outcome.kind).toBe(whole === 2 ? "repeated" : "committed");
    store.close();
  });

  test("kill -9 after the migrations leaves a database that opens", async () => {
    const [, signal] = await once(child("kill", "none", "migrate.applied", "1"), "exit");
    expect(signal).toBe("SIGKILL");
    const store = await open();
    await startRun(store);
    store.close();
  });

  test("one process has the worker role, others are told who, and its death frees it at once", async () => {
    (await open()).close();
    const lockFile = join(folder, "worker.lock");
    const id = { owner: "me", host: "here", pid: process.pid, clock: systemClock };
    const request = { lockFile, database: file, ...id, kill: () => {} };
    expect(whoWorks(request)).toContain("nobody");
    const holder = child("hold", lockFile);
    await once(holder.stdout ?? holder, "data");
    const refused = takeWorkerRole(request);
    expect(refused).toMatchObject({
      held: false,
      who: expect.stringMatching(`^pid ${holder.pid} on host here .* last beat \\d+\\.\\d s ago$`),
    });
    expect(whoWorks(request)).toContain(`pid ${holder.pid}`);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    const role = takeWorkerRole(request);
    expect(role).toMatchObject({ held: true, fence: 2 });
    expect(takeWorkerRole(request)).toMatchObject({ held: false });
    if (role.held) role.release();
    const again = takeWorkerRole(request);
    expect(again).toMatchObject({ held: true, fence: 3 });
    if (again.held) again.release();
  });
});

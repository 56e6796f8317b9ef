import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RetryableError } from "../../src/lib/errors.ts";
import { createLog } from "../../src/lib/log.ts";
import { type Deliver, runDelivery } from "../../src/runtime/deliver.ts";
import type { RuntimeDeps } from "../../src/runtime/deps.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/port.ts";
import { commit, MIGRATIONS, T0 } from "../support/store-world.ts";

const DAY_MS = 86_400_000;
const TARGET = "slack";

let dir: string;
let store: Store & { readonly close: () => void };
let stop: AbortController;
let running: Promise<void>;
const time = { nowMs: T0 };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-deliver-"));
  store = await openStore({ file: join(dir, "db"), migrations: MIGRATIONS });
  stop = new AbortController();
  time.nowMs = T0;
  running = Promise.resolve();
});
afterEach(async () => {
  stop.abort();
  await running;
  store.close();
  await rm(dir, { recursive: true, force: true });
});

const write = (effectKey: string, lane: string) =>
  commit(
    store,
    "run",
    { outbox: [{ effectKey, target: TARGET, lane, kind: "step", body: 1 }] },
    { nowMs: time.nowMs },
  );

const start = (deliver: Deliver) => {
  // The part of the runtime's dependencies that delivery uses.
  const deps = {
    store,
    clock: { nowMs: () => time.nowMs, monotonicMs: () => time.nowMs },
    log: createLog(
      () => {},
      () => 0,
    ),
    kill: () => {},
  } as unknown as RuntimeDeps;
  running = runDelivery(deps, TARGET, deliver, stop.signal, 10);
};

const until = async (what: string, look: () => boolean | Promise<boolean>) => {
  const end = performance.now() + 5_000;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
const sent = async () =>
  (await store.outbox.list({ state: "sent" })).map((row) => row.effectKey).sort();

test("a lane that is slow stalls no other, and its own rows stay in order", async () => {
  const order: string[] = [];
  let release = () => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  await write("slow/1", "slow");
  await write("slow/2", "slow");
  await write("fast/1", "fast");
  await write("fast/2", "fast");
  start(async ({ effectKey }) => {
    if (effectKey === "slow/1") await slow;
    order.push(effectKey);
    return { externalRef: effectKey };
  });
  await until("the fast lane", async () => (await sent()).length === 2);
  expect(order).toEqual(["fast/1", "fast/2"]);
  release();
  await until("the slow lane", async () => (await sent()).length === 4);
  expect(order.slice(2)).toEqual(["slow/1", "slow/2"]);
}, 15_000);

test("a row that asks for a later try waits that long, and the other lanes go on", async () => {
  const tried: string[] = [];
  await write("limited", "a");
  await write("free", "b");
  start(async ({ effectKey }) => {
    tried.push(effectKey);
    if (effectKey === "limited" && time.nowMs < T0 + 30_000)
      throw new RetryableError("SLACK_LIMITED", "later", { retryAfterMs: 30_000 });
    return { externalRef: "C1/1" };
  });
  await until("the free lane", async () => (await sent()).length === 1);
  time.nowMs = T0 + 29_000;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(tried.filter((key) => key === "limited")).toHaveLength(1);
  time.nowMs = T0 + 30_000;
  await until("the limited lane", async () => (await sent()).length === 2);
}, 15_000);

test("what could not be shown for a day is given up with a line in the audit log", async () => {
  await write("handoff/1", "a");
  start(async () => {
    throw new Error("the channel is archived");
  });
  await until("a try", async () => (await store.outbox.list({}))[0]?.tries === 1);
  time.nowMs = T0 + DAY_MS + 1;
  await until("the end", async () => (await store.outbox.list({ state: "dead" })).length === 1);
  await until("the audit line", async () => (await store.audit.search({})).items.length === 1);
  const [line] = (await store.audit.search({ action: "DeliveryDead" })).items;
  expect(line).toMatchObject({
    subject: "handoff/1",
    detail: { target: TARGET, error: "the channel is archived" },
  });
}, 15_000);

test("stopping does not wait for a delivery that hangs", async () => {
  await write("hangs", "a");
  let begun = false;
  start(() => {
    begun = true;
    return new Promise(() => {});
  });
  await until("the delivery", () => begun);
  stop.abort();
  await running;
  expect(await sent()).toEqual([]);
}, 15_000);

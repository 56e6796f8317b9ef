import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLog } from "../../../src/lib/log.ts";
import { takeDeliveryRole } from "../../../src/runtime/delivery/delivery-role.ts";
import { homeAt } from "../../../src/runtime/home.ts";
import { openStore } from "../../../src/store/open.ts";
import type { Store } from "../../../src/store/port.ts";
import { commit, MIGRATIONS, T0 } from "../../support/store-world.ts";

let dir: string;
let store: Store & { readonly close: () => void };
let stop: AbortController;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-role-"));
  store = await openStore({ file: join(dir, "db"), migrations: MIGRATIONS });
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  store.close();
  await rm(dir, { recursive: true, force: true });
});

const take = () => {
  const log = createLog(
    () => {},
    () => 0,
  );
  return takeDeliveryRole({ home: homeAt(dir), store, log }, "slack", stop.signal);
};
const row = { effectKey: "a", target: "slack", lane: "l", kind: "step", body: 1 };
const claim = () =>
  store.outbox.claim({ target: "slack", limit: 9, nowMs: T0, leaseUntilMs: T0 + 30_000 });

test("the first takes over what a dead process was sending; the second waits until the first is gone", async () => {
  await commit(store, "run", { outbox: [row] });
  expect(await claim()).toHaveLength(1);
  const first = await take();
  expect(await claim()).toHaveLength(1);
  let second = false;
  const waiting = take().then((lock) => {
    second = true;
    return lock;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([second, await claim()]).toEqual([false, []]); // the first still holds its row
  first?.release();
  const lock = await waiting;
  expect(await claim()).toHaveLength(1);
  lock?.release();
}, 15_000);

test("whoever waits for the role stops waiting on the signal", async () => {
  const first = await take();
  const waiting = take();
  stop.abort();
  expect(await waiting).toBeNull();
  first?.release();
}, 15_000);

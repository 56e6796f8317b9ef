import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Store } from "../../src/store/port.ts";
import type { Json } from "../../src/store/rows.ts";
import { commit, newId, T0 } from "./store-world.ts";

const DAY_MS = 86_400_000;

const outboxContract = (store: () => Store): void => {
  const tell = (effectKey: string, body: Json, lane = "thread", nowMs = T0) =>
    commit(
      store(),
      "run",
      { outbox: [{ effectKey, target: "slack", lane, kind: "step", body }] },
      { nowMs },
    );
  const claim = (nowMs = T0, limit = 10) =>
    store().outbox.claim({ target: "slack", limit, leaseUntilMs: nowMs + 1_000, nowMs });

  describe("outbox", () => {
    test("a lane goes out in order, one row at a time; lanes do not wait for each other", async () => {
      await tell("a", 1);
      await tell("b", 2);
      await tell("c", 3, "other thread");
      const first = await claim();
      expect(first.map((row) => row.effectKey)).toEqual(["a", "c"]);
      expect(await claim()).toEqual([]);
      const { id = 0, token = "" } = first[0] ?? {};
      expect(await store().outbox.sent({ id, token, externalRef: "1.1", nowMs: T0 })).toBe(true);
      expect((await claim()).map((row) => row.effectKey)).toEqual(["b"]);
    });

    test("of one effect only the newest body that still waits is sent, first as a post, then as an edit", async () => {
      await tell("step/1", "working");
      await tell("step/1", "checking");
      const [post] = await claim();
      expect(post).toMatchObject({ body: "checking", externalRef: null, tries: 1 });
      await tell("step/1", "submitted");
      const { id = 0, token = "" } = post ?? {};
      await store().outbox.sent({ id, token, externalRef: "17.4", nowMs: T0 });
      expect(await claim()).toMatchObject([{ body: "submitted", externalRef: "17.4" }]);
      expect(await store().outbox.list({})).toHaveLength(2);
    });

    test("a claim whose lease ran out is given out again, and its first holder can no longer mark it", async () => {
      await tell("a", 1);
      const [lost] = await claim();
      const [again] = await claim(T0 + 1_001);
      const { id = 0, token = "" } = lost ?? {};
      expect(again).toMatchObject({ id, tries: 2 });
      expect(await store().outbox.sent({ id, token, externalRef: "1", nowMs: T0 })).toBe(false);
      const failed = { id, token, nextAtMs: null, error: "late", nowMs: T0 };
      expect(await store().outbox.failed(failed)).toBe(false);
    });

    test("a failed row waits until its next time, and is dead when it can never succeed", async () => {
      await tell("a", 1);
      const [row] = await claim();
      const { id = 0, token = "" } = row ?? {};
      await store().outbox.failed({ id, token, nextAtMs: T0 + 500, error: "429", nowMs: T0 });
      expect(await claim(T0 + 499)).toEqual([]);
      const [retry] = await claim(T0 + 500);
      const late = { id, token: retry?.token ?? "", nextAtMs: null, error: "gone", nowMs: T0 };
      await store().outbox.failed(late);
      expect(await store().outbox.list({ state: "dead" })).toMatchObject([{ lastError: "gone" }]);
    });

    test("a row that could not be delivered for 24 hours is dead and lets its lane go on", async () => {
      await tell("a", 1);
      await tell("b", 2, "thread", T0 + DAY_MS);
      expect((await claim(T0 + DAY_MS + 1)).map((row) => row.effectKey)).toEqual(["b"]);
      expect(await store().outbox.list({ state: "dead" })).toMatchObject([{ effectKey: "a" }]);
    });

    test("whoever proved the others dead takes over what they were sending, and nothing else", async () => {
      await tell("a", 1);
      await tell("b", 2);
      const [taken] = await claim();
      expect(await store().outbox.takeOver("git")).toBe(0);
      expect(await store().outbox.takeOver("slack")).toBe(1);
      expect(await claim()).toMatchObject([{ effectKey: "a", tries: 2 }]);
      const { id = 0, token = "" } = taken ?? {};
      expect(await store().outbox.sent({ id, token, externalRef: "1.1", nowMs: T0 })).toBe(false);
    });

    test("a row for a later day is not dead before its time has come", async () => {
      const notBeforeMs = T0 + 3 * DAY_MS;
      const outbox = [{ effectKey: "digest", target: "slack", kind: "d", body: 1, notBeforeMs }];
      await commit(store(), "run", { outbox });
      expect(await claim(T0 + 2 * DAY_MS)).toEqual([]);
      expect(await claim(notBeforeMs)).toHaveLength(1);
    });
  });
};

interface LedgerStep {
  readonly call: number;
  readonly amount: number;
  readonly settles: boolean;
}

const ledgerContract = (store: () => Store): void => {
  const cap = (scope: string, amount: number | null) =>
    commit(store(), "run", { ledger: [{ op: "cap", scope, cap: amount }] });
  const reserve = (call: string, amounts: Readonly<Record<string, number>>) =>
    store().ledger.reserve({
      attemptId: "a1",
      call,
      amounts: Object.entries(amounts).map(([scope, amount]) => ({ scope, amount })),
      nowMs: T0,
    });
  const settle = (call: string, amounts: Readonly<Record<string, number>>) =>
    commit(store(), "run", {
      ledger: [
        {
          op: "settle",
          attemptId: "a1",
          call,
          amounts: Object.entries(amounts).map(([scope, amount]) => ({ scope, amount })),
        },
      ],
    });

  /** Reserves a call that holds nothing yet, or settles it at no more than it holds. */
  const take = async (scope: string, held: Map<string, number>, step: LedgerStep) => {
    const name = `${scope}/${step.call}`;
    const now = held.get(name);
    if (now !== undefined) {
      if (step.settles) await settle(name, { [scope]: Math.min(now, step.amount) });
      return;
    }
    const { kind } = await reserve(name, { [scope]: step.amount });
    if (kind === "held") held.set(name, step.amount);
  };

  describe("ledger", () => {
    test("a scope that refuses rolls all scopes back and is named", async () => {
      await cap("run", 100);
      await cap("day", 50);
      expect(await reserve("1", { run: 60, day: 60 })).toEqual({
        kind: "refused",
        scope: "day",
        need: 60,
        have: 50,
      });
      expect(await store().ledger.get("run")).toMatchObject({ held: 0 });
      expect(await store().ledger.held()).toEqual([]);
    });

    test("the same call holds once, settles to what it came to, and a correction replaces", async () => {
      await cap("run", 100);
      await reserve("1", { run: 60 });
      expect(await reserve("1", { run: 60 })).toEqual({ kind: "held" });
      expect(await store().ledger.get("run")).toEqual({
        scope: "run",
        cap: 100,
        spent: 0,
        held: 60,
      });
      await settle("1", { run: 45 });
      await settle("1", { run: 45 });
      expect(await store().ledger.get("run")).toMatchObject({ spent: 45, held: 0 });
      await settle("1", { run: 30 });
      expect(await store().ledger.get("run")).toMatchObject({ spent: 30, held: 0 });
    });

    test("a scope that a settlement does not name gives back what it held", async () => {
      await reserve("1", { run: 60, day: 60 });
      await settle("1", { run: 45 });
      expect(await store().ledger.get("day")).toMatchObject({ spent: 0, held: 0 });
    });

    test("what was released can be held again", async () => {
      await cap("run", 100);
      await reserve("1", { run: 60 });
      await commit(store(), "run", { ledger: [{ op: "release", attemptId: "a1", call: "1" }] });
      expect(await store().ledger.get("run")).toMatchObject({ held: 0 });
      await reserve("1", { run: 70 });
      expect(await store().ledger.get("run")).toMatchObject({ held: 70 });
    });

    test("spent + held never pass the cap by reservations, and nothing stays held when all is settled", async () => {
      const steps = fc.array(
        fc.record({ call: fc.nat(5), amount: fc.nat(60), settles: fc.boolean() }),
        { maxLength: 12 },
      );
      const play = async (list: readonly LedgerStep[]) => {
        const scope = newId();
        await cap(scope, 100);
        const held = new Map<string, number>();
        for (const one of list) {
          await take(scope, held, one);
          const row = await store().ledger.get(scope);
          expect((row?.spent ?? 0) + (row?.held ?? 0)).toBeLessThanOrEqual(100);
        }
        for (const name of held.keys()) await settle(name, { [scope]: 1 });
        expect(await store().ledger.get(scope)).toMatchObject({ held: 0, spent: held.size });
      };
      await fc.assert(fc.asyncProperty(steps, play), { numRuns: 10 });
    });
  });
};

/** Money, and what goes out and comes in. */
export const deliveryContract = (store: () => Store): void => {
  outboxContract(store);
  ledgerContract(store);

  describe("inbox", () => {
    const row = (key: string) => ({ key, source: "slack", body: { n: 1 }, receivedAt: T0 });
    const take = (nowMs: number) =>
      store().inbox.take({ limit: 10, nowMs, leaseUntilMs: nowMs + 100 });

    test("what was seen before is recognised, also within one tick", async () => {
      const { receive } = store().inbox;
      const both = await Promise.all([receive(row("e1")), receive(row("e1")), receive(row("e2"))]);
      expect(both).toEqual([true, false, true]);
      expect(await receive(row("e1"))).toBe(false);
    });

    test("a row is taken until it is dealt with, which a command can say", async () => {
      await store().inbox.receive(row("e1"));
      expect(await take(T0)).toMatchObject([{ key: "e1", tries: 1 }]);
      expect(await take(T0 + 99)).toEqual([]);
      expect(await take(T0 + 100)).toMatchObject([{ key: "e1", tries: 2 }]);
      await commit(store(), "run", { inboxDone: ["e1"] });
      expect(await take(T0 + 1_000)).toEqual([]);
      expect(await store().inbox.forget(T0 + 1)).toBe(1);
    });
  });

  test("whoever proved the others dead takes over what they had received and not dealt with", async () => {
    const row = (key: string, source: string) => ({ key, source, body: 1, receivedAt: T0 });
    const { done, receive, take, takeOver } = store().inbox;
    await receive({ ...row("e1", "slack"), leaseUntilMs: T0 + 5_000 });
    await receive({ ...row("e2", "slack"), leaseUntilMs: T0 + 5_000 });
    await receive({ ...row("e3", "other"), leaseUntilMs: T0 + 5_000 });
    await done("e2", T0);
    expect(await take({ limit: 9, nowMs: T0, leaseUntilMs: T0 + 1 })).toEqual([]);
    expect(await takeOver("slack")).toBe(1);
    const taken = await take({ limit: 9, nowMs: T0, leaseUntilMs: T0 + 1 });
    expect(taken.map(({ key }) => key)).toEqual(["e1"]);
  });

  describe("messages and keys", () => {
    test("a message is found by effect and by place, and an older revision never replaces a newer", async () => {
      const message = { target: "slack", effectKey: "e", externalRef: "C1/1.2", hash: "h", at: T0 };
      expect(await store().messages.put({ ...message, revision: 2 })).toBe(true);
      expect(await store().messages.put({ ...message, revision: 1 })).toBe(false);
      expect(await store().messages.put({ ...message, revision: 3 })).toBe(true);
      expect(await store().messages.byRef("slack", "C1/1.2")).toMatchObject({ revision: 3 });
      expect(await store().messages.get("slack", "other")).toBeNull();
    });

    test("keys are forgotten by age", async () => {
      await commit(store(), "run", { answer: 1 }, { key: "old", nowMs: T0 });
      await commit(store(), "run", { answer: 2 }, { key: "new", nowMs: T0 + 10 });
      expect(await store().keys.forget(T0 + 10)).toBe(1);
      expect(await store().keys.get("old")).toBeNull();
      expect(await store().keys.get("new")).toMatchObject({ answer: 2, runId: "run" });
    });
  });
};

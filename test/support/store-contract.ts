import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/hash.ts";
import type { Store } from "../../src/store/port.ts";
import type { Json } from "../../src/store/rows.ts";
import { deliveryContract } from "./store-contract-delivery.ts";
import { readerContract } from "./store-contract-readers.ts";
import { commented, commit, PIPELINE, startRun, T0, writes } from "./store-world.ts";

const keysHoldOnce = async (
  store: Store,
  calls: readonly { readonly key: number; readonly run: number }[],
): Promise<void> => {
  const runs = [await startRun(store), await startRun(store)];
  const answers = new Map<string, Json>();
  for (const [at, { key, run }] of calls.entries()) {
    const name = `${runs[run]}/${key}`;
    const given = { events: [commented(name)], answer: at };
    const outcome = await commit(store, runs[run] ?? "", given, { key: name });
    if (!answers.has(name)) answers.set(name, at);
    expect(outcome).toMatchObject({ answer: answers.get(name) });
  }
  const logs = await Promise.all(runs.map((runId) => store.events.since(runId, 3)));
  expect(logs.flat()).toHaveLength(answers.size);
};

const commitContract = (store: () => Store): void => {
  describe("commit", () => {
    test("appends events with seq from 1 without gaps, each hash chained to the one before", async () => {
      const runId = await startRun(store());
      await commit(store(), runId, { events: [commented("one"), commented("two")] });
      const log = await store().events.since(runId, 0);
      expect(log.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5]);
      expect(log.map((event) => event.prev)).toEqual([
        "0".repeat(64),
        ...log.slice(0, -1).map((event) => event.hash),
      ]);
      expect(await store().events.head(runId)).toEqual({ seq: 5, hash: log[4]?.hash });
    });

    test("gives the plan the state folded from the log, and the head", async () => {
      const runId = await startRun(store());
      const outcome = await commit(store(), runId, ({ headSeq, state }) =>
        writes({ answer: { headSeq, status: state.status, steps: [...state.order] } }),
      );
      const answer = { headSeq: 3, status: "running", steps: ["data-engineer", "data-scientist"] };
      expect(outcome).toMatchObject({ kind: "committed", answer });
    });

    test("gives the stored answer to the same key and payload, and does not plan again", async () => {
      const runId = await startRun(store());
      const request = { key: "slack/T1/E1" };
      await commit(store(), runId, { events: [commented("a")], answer: "first" }, request);
      const again = await commit(
        store(),
        runId,
        { events: [commented("b")], answer: "x" },
        request,
      );
      expect(again).toEqual({ kind: "repeated", answer: "first" });
      expect((await store().events.head(runId))?.seq).toBe(4);
    });

    test("rejects a key that was used with another payload", async () => {
      const runId = await startRun(store());
      await commit(store(), runId, { answer: 1 }, { key: "k", payload: "a" });
      const outcome = await commit(store(), runId, { answer: 2 }, { key: "k", payload: "b" });
      expect(outcome).toMatchObject({ kind: "rejected", rejection: { code: "KEY_REUSED" } });
    });

    test("treats a repeat that no longer stands as a new command", async () => {
      const runId = await startRun(store());
      const request = { runId, key: "vote", payloadHash: sha256("v"), nowMs: T0 };
      const actor = { person: "ana", via: "cli", ref: "", model: false } as const;
      const cast = (answer: Json) =>
        store().commit<Json>(
          { ...request, actor, stillRepeat: (stored, { headSeq }) => stored.headSeq === headSeq },
          () => writes({ events: [commented("v")], answer }),
        );
      await cast("first");
      expect(await cast("second")).toEqual({ kind: "repeated", answer: "first" });
      await commit(store(), runId, { events: [commented("in between")] });
      expect(await cast("third")).toMatchObject({ kind: "committed", answer: "third" });
      expect((await store().keys.get("vote"))?.answer).toBe("third");
    });

    test("keeps nothing of a rejected command, so that its key is judged anew", async () => {
      const runId = await startRun(store());
      const rejection = { code: "NOT_READY", message: "no", valid: [] } as const;
      const first = await commit(store(), runId, () => ({ rejection }), { key: "k" });
      expect(first).toEqual({ kind: "rejected", rejection });
      expect(await store().keys.get("k")).toBeNull();
      const second = await commit(store(), runId, { answer: "now" }, { key: "k" });
      expect(second).toMatchObject({ kind: "committed", answer: "now" });
    });

    test("rolls back everything when the plan throws", async () => {
      const runId = await startRun(store());
      const before = await store().events.maxSeq();
      const thrown = commit(store(), runId, () => {
        throw new Error("no plan");
      });
      await expect(thrown).rejects.toThrow("no plan");
      expect(await store().events.maxSeq()).toBe(before);
    });

    test("rolls back everything when one write of many fails", async () => {
      const runId = await startRun(store());
      const other = { ...PIPELINE, id: "p2" };
      const outbox = [{ effectKey: "e", target: "slack", kind: "k", body: {} }];
      const given = { events: [commented("lost")], outbox, answer: 1 };
      const orphan = [
        { kind: "os" as const, subject: "h/u", personId: "nobody", source: "set" as const },
      ];
      await expect(commit(store(), runId, { ...given, pipelines: [other] })).rejects.toThrow(
        expect.objectContaining({ code: "PIPELINE_NAME_TAKEN" }),
      );
      await expect(commit(store(), runId, { ...given, identities: orphan })).rejects.toThrow();
      expect((await store().runs.state(runId)).seq).toBe(3);
      expect(await store().outbox.list({})).toEqual([]);
    });

    test("names runs after their pipeline and numbers them from 1", async () => {
      for (const _ of [1, 2, 3]) await startRun(store());
      const { items } = await store().runs.search({});
      expect(items.map((run) => run.name).sort()).toEqual([
        "birdstrikes-1",
        "birdstrikes-2",
        "birdstrikes-3",
      ]);
    });

    test("any interleaving of repeated keys has the effect of once and the same answer each time", async () => {
      const calls = fc.array(fc.record({ key: fc.nat(4), run: fc.nat(1) }), { maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(calls, (list) => keysHoldOnce(store(), list)),
        { numRuns: 15 },
      );
    });

    test("commits that are asked for at once all happen, one after the other", async () => {
      const runId = await startRun(store());
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          commit(store(), runId, { events: [commented(`${n}`)] }),
        ),
      );
      expect((await store().events.head(runId))?.seq).toBe(23);
      expect(await store().runs.state(runId)).toMatchObject({ seq: 23 });
    });
  });
};

/** What every `Store` must hold to; `open` gives a new and empty one. */
export const storeContract = (open: () => Promise<Store>): void => {
  let current: Store | null = null;
  beforeEach(async () => {
    current = await open();
  });
  afterEach(() => {
    current?.close();
    current = null;
  });
  const store = (): Store => {
    if (!current) throw new Error("no store is open");
    return current;
  };
  commitContract(store);
  readerContract(store);
  deliveryContract(store);
};

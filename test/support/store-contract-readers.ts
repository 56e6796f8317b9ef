import { describe, expect, test } from "vitest";
import { createNewId } from "../../src/lib/id.ts";
import type { Store } from "../../src/store/port.ts";
import {
  ANA,
  busyRun,
  claimed,
  commented,
  commit,
  FILES,
  newId,
  opened,
  PIPELINE,
  started,
  startRun,
  T0,
} from "./store-world.ts";

const at = (ms: number): string => createNewId(() => T0 + ms)();

/** Reading back what commands wrote. */
export const readerContract = (store: () => Store): void => {
  describe("runs", () => {
    test("are found by id, by name in any case, by a prefix that fits one, and by their pipeline", async () => {
      const first = await startRun(store(), at(0));
      const second = await startRun(store(), at(60_000_000));
      const { runs } = store();
      expect(await runs.find(first.toLowerCase())).toMatchObject({ runId: first });
      expect(await runs.find("Birdstrikes-1")).toMatchObject({ runId: first });
      expect(await runs.find(second.slice(0, 8))).toMatchObject({ runId: second });
      expect(await runs.find("birdstrikes")).toMatchObject({ runId: second });
      expect(await runs.find(first.slice(0, 3))).toMatchObject({ candidates: [{}, {}] });
      expect(await runs.find("nothing-9")).toBeNull();
      expect(await runs.find("%")).toBeNull();
      expect(await runs.find("")).toBeNull();
    });

    test("a pipeline's name never means a run of a pipeline whose name only starts the same", async () => {
      const other = { ...PIPELINE, id: "p2", name: "birdstrikes-eu" };
      const mine = await startRun(store());
      for (const _ of [1, 2]) {
        const [head, ...rest] = started();
        if (head?.type !== "RunStarted") throw new Error("a run starts with RunStarted");
        const events = [{ ...head, pipelineId: other.id }, ...rest];
        await commit(store(), newId(), { pipelines: [other], events });
      }
      expect(await store().runs.find("birdstrikes")).toMatchObject({ runId: mine });
    });

    test("are paged newest first without a run twice or left out", async () => {
      const ids = Array.from({ length: 7 }, (_, n) => at(n * 1000));
      for (const runId of ids) await startRun(store(), runId);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await store().runs.search({ limit: 3, cursor });
        seen.push(...page.items.map((run) => run.runId));
        cursor = page.next;
      } while (cursor !== null);
      expect(seen).toEqual([...ids].reverse());
    });

    test("are filtered by part of the name, status and who started them", async () => {
      const [a, b] = [await startRun(store(), at(0)), await startRun(store(), at(1))];
      await commit(store(), b, { events: [{ type: "RunCancelled", reason: "enough" }] });
      const ids = async (query: Parameters<Store["runs"]["search"]>[0]) =>
        (await store().runs.search(query)).items.map((run) => run.runId);
      expect(await ids({ text: "STRIKES-2" })).toEqual([b]);
      expect(await ids({ text: "%" })).toEqual([]);
      expect(await ids({ status: ["running"] })).toEqual([a]);
      expect(await ids({ startedBy: "bo" })).toEqual([]);
      expect((await store().runs.live()).map((run) => run.runId)).toEqual([a]);
    });

    test("show steps, cost and open approvals as the log says, at once after the command", async () => {
      const runId = await busyRun(store());
      expect(await store().runs.find(runId)).toMatchObject({
        name: "birdstrikes-1",
        currentPhase: 1,
        openApprovals: 1,
        spentMicroUsd: 1_500,
        createdAt: T0,
        changedAt: T0 + 3,
        steps: [
          { key: "data-engineer", phase: 1, status: "checking" },
          { key: "data-scientist", phase: 1, status: "blocked" },
        ],
      });
      expect((await store().runs.phases(runId)).map((phase) => phase.status)).toEqual([
        "awaiting_approval",
        "pending",
        "pending",
        "pending",
      ]);
      expect((await store().runs.steps(runId)).map((step) => step.step.key)).toEqual([
        "data-engineer",
        "data-scientist",
      ]);
    });
  });

  describe("approvals and votes", () => {
    test("open ones come soonest deadline first, with the votes that count", async () => {
      const runId = await busyRun(store());
      const sooner = newId();
      await commit(store(), runId, { events: [opened(sooner, T0 + 5)] });
      const list = await store().approvals.list({});
      expect(list.map((row) => row.deadlineMs)).toEqual([T0 + 5, T0 + 3_600_000]);
      expect(list[0]).toMatchObject({ approvalId: sooner, runName: "birdstrikes-1" });
      const votes = await store().approvals.votes(list[1]?.approvalId ?? "");
      expect(votes.map((vote) => vote.voter)).toEqual(["ana", "bo"]);
      expect(await store().approvals.find(sooner)).toMatchObject({ status: "open" });
      expect(await store().approvals.list({ status: ["approved"] })).toEqual([]);
    });
  });

  describe("attempts", () => {
    test("a heartbeat moves the lease only under the live fence", async () => {
      const runId = await startRun(store());
      const attemptId = newId();
      await commit(store(), runId, { events: [claimed(attemptId, 4)] });
      const beat = { attemptId, leaseUntilMs: T0 + 60_000, nowMs: T0 + 10 };
      expect(await store().attempts.beat({ ...beat, fence: 3 })).toBe(false);
      expect(await store().attempts.beat({ ...beat, fence: 4 })).toBe(true);
      expect(await store().attempts.live()).toMatchObject([
        { attemptId, leaseUntilMs: T0 + 60_000, beatAt: T0 + 10 },
      ]);
      await commit(store(), runId, { events: [{ type: "AttemptCancelled", attemptId }] });
      expect(await store().attempts.beat({ ...beat, fence: 4 })).toBe(false);
      expect(await store().attempts.live()).toEqual([]);
      expect(await store().attempts.list(runId, "data-engineer")).toHaveLength(1);
    });
  });

  describe("the feed", () => {
    test("gives what happened after a position, in all runs or one", async () => {
      const a = await startRun(store());
      const from = await store().events.maxSeq();
      const b = await startRun(store());
      await commit(store(), a, { events: [commented("x")] });
      const all = await store().events.changedSince(from);
      expect(all.map((row) => row.runId)).toEqual([b, b, b, a]);
      expect(all.at(-1)?.pos).toBe(await store().events.maxSeq());
      expect(await store().events.changedSince(from, { runId: a })).toMatchObject([
        { type: "CommentAdded", seq: 4 },
      ]);
    });
  });

  describe("people, settings, manifests and audit", () => {
    test("an identity leads to its person while it is tied and the person active", async () => {
      const ana = {
        id: "ana",
        name: "Ana",
        roles: ["owner"],
        active: true,
        source: "set" as const,
      };
      const slack = { kind: "slack" as const, subject: "T1/U1", source: "set" as const };
      const find = () => store().people.byIdentity("slack", "T1/U1");
      const tie = [{ ...slack, personId: "ana" }];
      await commit(store(), "people", { people: [ana], identities: tie });
      expect(await find()).toEqual(ana);
      await commit(store(), "people", { people: [{ ...ana, active: false }] });
      expect(await find()).toBeNull();
      await commit(store(), "people", {
        people: [ana],
        identities: [{ ...slack, personId: null }],
      });
      expect(await find()).toBeNull();
      expect(await store().people.identities("ana")).toEqual([]);
    });

    test("settings are kept as JSON, listed by prefix, and removed by null", async () => {
      const settings = [
        { key: "watch/a", value: { floor: 0.5 } },
        { key: "watch/b", value: [1] },
        { key: "watc%", value: 1 },
      ];
      await commit(store(), "workspace", { settings });
      expect(await store().settings.get("watch/a")).toEqual({ floor: 0.5 });
      expect((await store().settings.list("watch/")).map((row) => row.key)).toEqual([
        "watch/a",
        "watch/b",
      ]);
      await commit(store(), "workspace", { settings: [{ key: "watch/a", value: null }] });
      expect(await store().settings.get("watch/a")).toBeNull();
    });

    test("a manifest is found under its hash, whatever the order of its files", async () => {
      const two = [...FILES, { path: "a.txt", sha256: FILES[0]?.sha256 ?? "" }];
      const hash = await store().manifests.put(two);
      expect(await store().manifests.put([...two].reverse())).toBe(hash);
      expect((await store().manifests.get(hash))?.files).toHaveLength(2);
      expect(await store().manifests.get("0".repeat(64))).toBeNull();
    });

    test("an audit line carries the log's head after its command, and is searched literally", async () => {
      const runId = newId();
      const audit = [{ action: "vote", subject: "handoff", detail: { why: "100% sure" } }];
      await commit(store(), runId, { pipelines: [PIPELINE], events: started(), audit });
      await store().audit.append({
        action: "dead",
        subject: "x",
        runId: null,
        actor: ANA,
        nowMs: T0,
      });
      const { items } = await store().audit.search({ text: "100% S" });
      const head = await store().events.head(runId);
      expect(items).toMatchObject([{ action: "vote", person: "ana", headHash: head?.hash }]);
      expect((await store().audit.search({ text: "100_" })).items).toEqual([]);
      const page = await store().audit.search({ limit: 1 });
      expect(page.items).toMatchObject([{ action: "dead" }]);
      const next = await store().audit.search({ limit: 1, cursor: page.next });
      expect(next).toMatchObject({ items: [{ action: "vote" }], next: null });
    });

    test("a pipeline's spec is replaced, its name and the numbers of its runs stay", async () => {
      await startRun(store());
      await commit(store(), "p", { pipelines: [{ ...PIPELINE, spec: { goal: "other" } }] });
      expect(await store().pipelines.find("birdstrikes")).toMatchObject({
        spec: { goal: "other" },
      });
      await startRun(store());
      expect(await store().runs.find("birdstrikes-2")).not.toBeNull();
    });
  });
};

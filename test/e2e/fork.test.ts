import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, START, type TestApp } from "../support/test-app.ts";

let t: TestApp;
beforeAll(async () => {
  t = await createTestApp({ shipped: true });
});
afterAll(() => t.close());

interface Controlled {
  readonly run_id: string;
  readonly run: string;
  readonly status: string;
  readonly again: string[];
  readonly cost_usd: number;
  readonly forked_from?: string;
}

const finish = async (runId: string): Promise<number> => {
  for (let asked = 0; ; asked++) {
    const end = await t.drive(runId);
    if (end.kind !== "handoff") {
      expect(end).toEqual({ kind: "over", status: "completed" });
      return asked;
    }
    await t.approve(end.approvalId);
  }
};

test("a completed run that is rerun stays as it is: a new run keeps what was approved before the cut and asks about the rest", async () => {
  const started = (await t.call("run_start", START)) as unknown as { run_id: string; run: string };
  const control = (input: object, key?: string) =>
    t.call(
      "run_control",
      { run_id: started.run_id, action: "rerun", phase: 3, ...input },
      key === undefined ? {} : { key },
    ) as unknown as Promise<Controlled>;
  expect(await finish(started.run_id)).toBe(4);
  const parent = JSON.stringify(await t.app.store.runs.state(started.run_id));

  const shown = await control({ dry_run: true });
  expect(shown).toMatchObject({ run: started.run, forked_from: started.run, cost_usd: 0 });
  expect(shown.again).toEqual(["mlops-engineer", "kubernetes-architect", "observability-engineer"]);
  expect((await t.app.store.runs.search({})).items).toHaveLength(1);

  const made = await control({}, "k-fork");
  expect(made).toMatchObject({ run: "birdstrikes-2", forked_from: started.run });
  expect(await control({}, "k-fork")).toMatchObject({ run_id: made.run_id });
  expect(await finish(made.run_id)).toBe(2);
  expect(JSON.stringify(await t.app.store.runs.state(started.run_id))).toBe(parent);

  const dir = await t.app.runtime.repositoryDir(made.run_id);
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", dir, ...args], { encoding: "utf8" });
  expect(git("tag", "--list", "run/2/*").trim().split("\n")).toHaveLength(4);
  expect(git("diff", "--stat", "run/1", "run/2")).toBe("");
  expect(git("tag", "--list", "--format=%(contents)", "run/2/phase-1.1")).toContain(
    `of ${started.run_id}`,
  );
  expect((await t.app.store.verify(null)).map((one) => one.fault)).toEqual([null, null, null]);
}, 300_000);

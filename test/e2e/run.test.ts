import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, START, type TestApp } from "../support/test-app.ts";

let t: TestApp;
beforeAll(async () => {
  t = await createTestApp();
});
afterAll(() => t.close());

const handoffOf = (end: { kind: string; approvalId?: string }): string => {
  expect(end.kind).toBe("handoff");
  return end.approvalId ?? "";
};

const git = (dir: string, ...args: string[]): string =>
  execFileSync("git", ["-C", dir, ...args], { encoding: "utf8" });

test("a run stops for people after each of four phases and ends in a tagged repository that verifies", async () => {
  const started = (await t.call("run_start", START)) as unknown as {
    run_id: string;
    run: string;
    assumptions: string[];
  };
  expect(started.assumptions.join(" ")).toContain("None");
  for (const phase of [1, 2, 3, 4]) {
    const approval = handoffOf(await t.drive(started.run_id));
    const handoff = (await t.call("handoff_get", { approval })) as unknown as {
      phase: number;
      headline: string;
    };
    expect(handoff.phase).toBe(phase);
    if (phase === 2) expect(handoff.headline).toMatch(/^NOT TRAINED/);
    const { files } = (await t.call("handoff_files", { approval })) as unknown as {
      files: { name: string; base64: string }[];
    };
    const texts = files.map((file) => Buffer.from(file.base64, "base64").toString("utf8"));
    expect(files.map((file) => file.name)).toEqual([
      `${started.run}-phase-${phase}.md`,
      `${started.run}-phase-${phase}.diff`,
    ]);
    expect(texts[0]).toContain(handoff.headline);
    expect(texts[1]).toMatch(/^diff --git /);
    await t.approve(approval);
  }
  expect(await t.drive(started.run_id)).toEqual({ kind: "over", status: "completed" });
  const dir = await t.app.runtime.repositoryDir(started.run_id);
  expect(git(dir, "tag", "--list").trim().split("\n")).toHaveLength(4);
  expect(
    git(dir, "log", "--format=%(trailers:key=Step,valueonly)", "main").split("\n").filter(Boolean),
  ).toHaveLength(7);
  expect(git(dir, "show", "--no-patch", "--format=%B", "main^{/}")).toContain("Manifest");
  const [verdict] = await t.app.store.verify(started.run_id);
  expect(verdict?.fault).toBeNull();
});

test("a requested exclusion reaches the features, stales what depends on it, and the earlier approval no longer stands", async () => {
  const { run_id } = (await t.call("run_start", { ...START, pipeline: "revise" })) as unknown as {
    run_id: string;
  };
  await t.approve(handoffOf(await t.drive(run_id)));
  const second = handoffOf(await t.drive(run_id));
  const before = await t.app.store.runs.state(run_id);
  const vote = (await t.call("approval_vote", {
    approval: second,
    decision: "request_changes",
    comments: [{ text: "exclude Time of day" }],
  })) as unknown as { understood: string[]; outcome: string };
  expect(vote).toMatchObject({ outcome: "changes_requested", understood: ["exclude Time of day"] });
  const again = handoffOf(await t.drive(run_id));
  const after = await t.app.store.runs.state(run_id);
  expect(after.approvals[again]?.phase).toBe(1);
  expect(after.phases[1].manifestHash).not.toBe(before.phases[1].manifestHash);
  const file = (await t.call("deliverable_read", {
    run_id,
    path: "docs/features.md",
    max_chars: 20_000,
  })) as unknown as { text: string };
  expect(file.text).toContain('"reason":"excluded by columns.exclude"');
  expect(after.steps["data-engineer"]?.manifestHash).toBe(
    before.steps["data-engineer"]?.manifestHash,
  );
});

test("a comment that no rule understands is said to stay open, and the same bytes come back for a decision", async () => {
  const { run_id } = (await t.call("run_start", { ...START, pipeline: "unclear" })) as unknown as {
    run_id: string;
  };
  const first = handoffOf(await t.drive(run_id));
  const manifest = (await t.app.store.runs.state(run_id)).phases[1].manifestHash;
  const vote = (await t.call("approval_vote", {
    approval: first,
    decision: "request_changes",
    comments: [{ text: "make it nicer please" }],
  })) as unknown as { not_understood: string[] };
  expect(vote.not_understood[0]).toContain("exclude <column>");
  const second = handoffOf(await t.drive(run_id));
  expect((await t.app.store.runs.state(run_id)).phases[1].manifestHash).toBe(manifest);
  const handoff = (await t.call("handoff_get", { approval: second })) as unknown as {
    comments: { status: string; how: string }[];
  };
  expect(handoff.comments).toMatchObject([{ status: "partly" }]);
  expect(handoff.comments[0]?.how).toContain("stays open");
});

test("the same key starts one run, whatever happens in between", async () => {
  const first = (await t.call(
    "run_start",
    { ...START, pipeline: "once" },
    { key: "k-once" },
  )) as unknown as { run_id: string };
  const second = (await t.call(
    "run_start",
    { ...START, pipeline: "once" },
    { key: "k-once" },
  )) as unknown as { run_id: string };
  expect(second.run_id).toBe(first.run_id);
});

test("a run that was cancelled starts nothing any more", async () => {
  const { run_id } = (await t.call("run_start", {
    ...START,
    pipeline: "cancelled",
  })) as unknown as { run_id: string };
  await t.call("run_control", { run_id, action: "cancel", reason: "a test" });
  expect(await t.drive(run_id)).toEqual({ kind: "over", status: "cancelled" });
  await expect(t.call("run_control", { run_id, action: "resume" })).rejects.toMatchObject({
    code: "RUN_OVER",
  });
});

test("two runs of one pipeline are worked on side by side and numbered", async () => {
  const starts = await Promise.all(
    [1, 2].map(() => t.call("run_start", { ...START, pipeline: "twins" })),
  );
  const runs = starts as unknown as { run_id: string; run: string }[];
  expect(runs.map((run) => run.run).sort()).toEqual(["twins-1", "twins-2"]);
  const ends = await Promise.all(runs.map((run) => t.drive(run.run_id)));
  expect(ends.map((end) => end.kind)).toEqual(["handoff", "handoff"]);
});

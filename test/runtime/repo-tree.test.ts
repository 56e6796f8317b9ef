import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/hash.ts";
import type { ChecksDocument } from "../../src/runtime/documents.ts";
import { levelsFrom } from "../../src/runtime/file-levels.ts";
import { createTestApp, START } from "../support/test-app.ts";

const by = [{ check: "c", tool: "t", version: "1" }];
const document = (files: ChecksDocument["files"]): ChecksDocument => ({
  results: [],
  findings: [],
  files,
  evidence: {},
});

describe("the level of a file", () => {
  test("is the strongest that was given to its bytes", () => {
    const levels = levelsFrom(
      [
        document([{ path: "a", sha256: "1", level: "parsed", by }]),
        document([{ path: "a", sha256: "1", level: "executed", by }]),
        document([{ path: "a", sha256: "1", level: "compiled", by }]),
      ],
      () => "1",
    );
    expect(levels.get("a")?.level).toBe("executed");
  });
  test("does not come from a check of other bytes", () => {
    const levels = levelsFrom(
      [
        document([{ path: "a", sha256: "old", level: "executed", by }]),
        document([{ path: "a", sha256: "new", level: "parsed", by }]),
      ],
      () => "new",
    );
    expect(levels.get("a")?.level).toBe("parsed");
  });
});

test("the repository holds the criteria, a README with the result, and a lock that is true of every byte", async () => {
  const t = await createTestApp();
  const { run_id } = (await t.call("run_start", START)) as unknown as { run_id: string };
  for (const _phase of [1, 2]) {
    const end = await t.drive(run_id);
    if (end.kind !== "handoff") throw new Error(end.kind);
    await t.approve(end.approvalId);
  }
  await t.drive(run_id);
  const dir = await t.app.runtime.repositoryDir(run_id);
  const { execFileSync } = await import("node:child_process");
  const show = (path: string) => execFileSync("git", ["-C", dir, "show", `run/1:${path}`]);
  const lock = JSON.parse(show("pipeline.lock.json").toString("utf8")) as {
    files: { path: string; sha256: string; level: string }[];
  };
  const level = (path: string) => lock.files.find((file) => file.path === path)?.level;
  for (const file of lock.files) expect(sha256(show(file.path))).toBe(file.sha256);
  expect(level("scorecard/criteria.yaml")).toBe("parsed");
  expect(level("spec.yaml")).toBe("parsed");
  expect(level("pyproject.toml")).toBe("parsed");
  const readme = show("README.md").toString("utf8");
  expect(readme).toContain("NOT TRAINED: ");
  expect(readme).toContain("| `cloud_provider` | aws | azure, gcp, multi-cloud |");
  const counted = lock.files.filter((file) => file.path !== "README.md");
  const parsed = counted.filter((file) => file.level === "parsed").length;
  expect(readme).toContain(`| parsed | ${parsed} |`);
  await t.close();
}, 120_000);

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Actor } from "../../../src/engine/command.ts";
import { createGitDeliver } from "../../../src/runtime/delivery/deliver-git.ts";
import type { RuntimeDeps } from "../../../src/runtime/deps.ts";
import { type FakeForge, startFakeForge } from "../../support/fake-forge/server.ts";
import { createTestApp, START, type TestApp } from "../../support/test-app.ts";

const SLOW = 120_000;

const git = (dir: string, ...args: string[]): string =>
  execFileSync(
    "git",
    [
      "-C",
      dir,
      "-c",
      "user.name=ann",
      "-c",
      "user.email=ann@x",
      "-c",
      "commit.gpgsign=false",
      ...args,
    ],
    { encoding: "utf8" },
  ).trim();

interface Status {
  readonly delivery?: {
    readonly said: string;
    readonly commit?: string;
    readonly tags: readonly string[];
    readonly bundle?: string;
    readonly pull_request?: string;
    readonly problems: readonly { readonly message: string; readonly next: string }[];
  };
}

const startRun = async (t: TestApp, pipeline: string, extra: object = {}): Promise<string> => {
  const started = await t.call("run_start", { ...START, pipeline, ...extra });
  return (started as unknown as { run_id: string }).run_id;
};

/** Works to the next handoff, approves it, and works on until the run stands still again. */
const approveNext = async (t: TestApp, runId: string): Promise<void> => {
  const end = await t.drive(runId);
  if (end.kind !== "handoff") throw new Error(`no handoff: ${end.kind}`);
  await t.approve(end.approvalId);
  await t.drive(runId);
};

const deliveryOf = async (t: TestApp, runId: string) =>
  ((await t.call("pipeline_status", { run_id: runId })) as unknown as Status).delivery;

const again = (t: TestApp, runId: string, over: Partial<RuntimeDeps> = {}) =>
  createGitDeliver(
    { ...t.app.deps, ...over },
    new AbortController().signal,
  )({
    effectKey: `git/${runId}`,
    kind: "push",
    body: { run_id: runId },
    externalRef: null,
    runId,
  });

describe("with a remote on a forge", () => {
  let forge: FakeForge;
  let t: TestApp;
  let bare: string;
  let remote: string;

  beforeAll(async () => {
    forge = await startFakeForge("github");
    t = await createTestApp({
      environment: { GITHUB_TOKEN: forge.token, GITHUB_SERVER_URL: forge.origin },
    });
    bare = await forge.create("team/birds");
    remote = `${forge.origin}/team/birds.git`;
    const clone = await mkdtemp(join(tmpdir(), "mlpipeline-clone-"));
    git(clone, "init", "--quiet", "--initial-branch=main");
    await writeFile(join(clone, "LICENSE"), "ours\n");
    git(clone, "add", "--all");
    git(clone, "commit", "--quiet", "-m", "licence");
    git(clone, "push", "--quiet", bare, "main");
    await rm(clone, { recursive: true, force: true });
  }, SLOW);
  afterAll(async () => {
    await t.close();
    await forge.close();
  });

  test(
    "each approved phase is pushed with its tag and mirrored in one pull request",
    async () => {
      const runId = await startRun(t, "birds", { remote });
      await approveNext(t, runId);
      const first = await deliveryOf(t, runId);
      expect(first?.said).toContain(`run/1 is in ${remote}`);
      expect(first?.pull_request).toBe(`${forge.origin}/team/birds/pull/1`);
      expect(first?.problems).toEqual([]);
      const tag = git(bare, "tag", "--list", "--format=%(contents)", "run/1/phase-1.1");
      const state = await t.app.store.runs.state(runId);
      expect(tag).toContain("Approved-by: tess (proved: none)");
      expect(tag).toContain(`Manifest: ${state.phases[1].manifestHash}`);
      expect(tag).toMatch(/Log-head: \d+ [0-9a-f]{64}/);
      expect(git(bare, "ls-tree", "--name-only", "run/1")).toContain("LICENSE");
      await approveNext(t, runId);
      expect(forge.requests).toHaveLength(1);
      const [request] = forge.requests;
      expect(request?.edits).toBeGreaterThan(0);
      expect(request?.title).toContain("2 of 4 phases approved");
      expect(request?.body).toContain("Approved by tess \\(proved: none\\)".replaceAll("\\", ""));
      expect(request?.body).toContain(state.phases[1].manifestHash);
      expect(request?.body).toMatch(/Log head `\d+ [0-9a-f]{64}`/);
      const second = await deliveryOf(t, runId);
      expect(second?.tags).toEqual(["run/1/phase-1.1", "run/1/phase-2.1"]);
      expect(git(bare, "rev-parse", "run/1")).toBe(second?.commit);
    },
    SLOW,
  );

  test(
    "a crash between push and record ends in the same delivery",
    async () => {
      const runId = await startRun(t, "crash", {
        remote: await forge.create("team/crash").then(() => `${forge.origin}/team/crash.git`),
      });
      await approveNext(t, runId);
      const before = await deliveryOf(t, runId);
      const killed = again(t, runId, {
        kill: (name) => {
          if (name === "git.pushed") throw new Error("killed");
        },
      });
      await expect(killed).rejects.toThrow("killed");
      await again(t, runId);
      expect(await deliveryOf(t, runId)).toEqual(before);
    },
    SLOW,
  );

  test(
    "a remote that refuses leaves the approval standing, says why, and is tried again",
    async () => {
      await forge.create("team/down");
      const runId = await startRun(t, "down", { remote: `${forge.origin}/team/down.git` });
      forge.fail(/team\/down\.git/, 503, 3);
      await approveNext(t, runId);
      const state = await t.app.store.runs.state(runId);
      expect(state.phases[1].status).toBe("done");
      const fault = (await deliveryOf(t, runId))?.problems[0];
      expect(fault?.message).toContain("503");
      expect(fault?.message).not.toContain(forge.token);
      const [row] = await t.app.store.outbox.list({ target: "git", runId });
      expect(row).toMatchObject({ state: "pending", tries: 1 });
      expect((row?.nextAt ?? 0) - Date.now()).toBeGreaterThan(5_000);
      forge.fail(/nothing/, 503, 0);
      await again(t, runId).catch(() => again(t, runId));
      expect((await deliveryOf(t, runId))?.problems.map(({ message }) => message)).not.toContain(
        fault?.message,
      );
    },
    SLOW,
  );

  test(
    "a branch that other people pushed there is named and not overwritten",
    async () => {
      const dir = await forge.create("team/taken");
      git(bare, "push", "--quiet", dir, "main:refs/heads/run/1");
      const theirs = git(dir, "rev-parse", "run/1");
      const runId = await startRun(t, "taken", { remote: `${forge.origin}/team/taken.git` });
      await approveNext(t, runId);
      const said = (await deliveryOf(t, runId))?.said ?? "";
      expect(said).toContain(`refs/heads/run/1 is ${theirs.slice(0, 12)} there`);
      expect(said).toContain("nothing there was overwritten");
      expect(git(dir, "rev-parse", "run/1")).toBe(theirs);
    },
    SLOW,
  );

  test("the token is found nowhere under the home", async () => {
    const files = await readdir(t.config.homeDir, { recursive: true, withFileTypes: true });
    const basic = Buffer.from(`x-access-token:${forge.token}`).toString("base64");
    for (const file of files.filter((one) => one.isFile())) {
      const bytes = await readFile(join(file.parentPath, file.name));
      expect(bytes.includes(forge.token) || bytes.includes(basic)).toBe(false);
    }
  });

  test("an assistant may not choose the remote, and a path is for the terminal", async () => {
    const assistant: Actor = { person: "tess", via: "mcp", ref: "m", model: true };
    const slack: Actor = { person: "tess", via: "slack", ref: "s", model: false };
    const input = { ...START, pipeline: "refused" };
    await expect(
      t.call("run_start", { ...input, remote }, { actor: assistant }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/PEOPLE_ONLY|FORBIDDEN|SCOPE/) });
    await expect(
      t.call("run_start", { ...input, remote: "/srv/x.git" }, { actor: slack }),
    ).rejects.toMatchObject({ code: "REMOTE_IS_A_PATH" });
    await expect(
      t.call("run_start", { ...input, remote: "https://a:b@host/x" }),
    ).rejects.toMatchObject({ code: "INTAKE" });
  });
});

describe("without a remote", () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await createTestApp();
  }, SLOW);
  afterAll(() => t.close());

  test(
    "a bundle lies ready after each approved phase, and its path is told",
    async () => {
      const runId = await startRun(t, "bundled");
      await approveNext(t, runId);
      const told = await deliveryOf(t, runId);
      expect(told?.bundle).toBe(join(t.config.homeDir, "bundles", "bundled-1.bundle"));
      expect(existsSync(told?.bundle ?? "")).toBe(true);
      const clone = join(t.dir, "clone");
      git(t.dir, "clone", "--quiet", "--branch", "run/1", told?.bundle ?? "", clone);
      expect(git(clone, "tag", "--list")).toBe("run/1/phase-1.1");
    },
    SLOW,
  );

  test(
    "a person's edit of a generated file survives the next run or is named as a conflict",
    async () => {
      const first = await startRun(t, "edited");
      await approveNext(t, first);
      const dir = await t.app.runtime.repositoryDir(first);
      const readme = join(dir, "README.md");
      const text = await readFile(readme, "utf8");
      await writeFile(readme, `${text}\nA person's words.\n`);
      await writeFile(join(dir, "docs", "ingestion.md"), "written by a person\n");
      git(dir, "commit", "--quiet", "--all", "-m", "edits");
      const second = await startRun(t, "edited", {
        goal: "Predict whether a wildlife strike damages the aircraft at all",
      });
      await approveNext(t, second);
      const merged = await readFile(readme, "utf8");
      expect(merged).toContain("A person's words.");
      expect(merged).toContain("damages the aircraft at all");
      expect(await readFile(join(dir, "docs", "ingestion.md"), "utf8")).toBe(
        "written by a person\n",
      );
      const third = await startRun(t, "edited", {
        target: "Wildlife Size",
      });
      git(dir, "commit", "--quiet", "--allow-empty", "-m", "nothing");
      await writeFile(readme, merged.replace(/^Target: .*$/m, "Target: what a person says"));
      git(dir, "commit", "--quiet", "--all", "-m", "another edit");
      const before = git(dir, "rev-parse", "main");
      await approveNext(t, third);
      const told = await deliveryOf(t, third);
      expect(told?.problems.map(({ message }) => message).join(" ")).toContain("README.md");
      expect(told?.problems.map(({ next }) => next).join(" ")).toContain("git merge run/3");
      expect(git(dir, "rev-parse", "main")).toBe(before);
    },
    SLOW,
  );
});

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGit } from "../../src/repo/git.ts";
import { checkedOut, readCommitRef, readRef } from "../../src/repo/refs.ts";

const dir = mkdtempSync(join(tmpdir(), "mlpipeline-refs-"));
const git = createGit({ path: process.env.PATH ?? "", carried: new Map() }, dir);
const raw = (...args: string[]) =>
  execFileSync("git", ["-C", dir, ...args], { encoding: "utf8", stdio: "pipe" }).trim();
let first: string;
let tag: string;

beforeAll(() => {
  raw("init", "--quiet", "--initial-branch=main");
  raw("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "1");
  raw("-c", "user.name=a", "-c", "user.email=a@b", "tag", "-a", "v1", "-m", "one");
  raw("branch", "run/1");
  first = raw("rev-parse", "HEAD");
  tag = raw("rev-parse", "refs/tags/v1");
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe.each([
  ["in files of their own", () => {}],
  ["packed", () => raw("pack-refs", "--all")],
])("refs %s", (_how, arrange) => {
  test("are read as git reads them, and an absent one is null", async () => {
    arrange();
    expect(await readCommitRef(git, dir, "refs/heads/run/1")).toBe(first);
    expect(await readCommitRef(git, dir, "refs/heads/run/2")).toBeNull();
    expect(await readCommitRef(git, dir, "refs/tags/v1")).toBe(first);
    expect(await readRef(git, dir, "refs/tags/v1")).toBe(tag);
    expect(await checkedOut(git, dir)).toBe("refs/heads/main");
  });
});

test("a branch that moved after it was packed is where it moved to", async () => {
  raw("pack-refs", "--all");
  const next = raw(
    "-c",
    "user.name=a",
    "-c",
    "user.email=a@b",
    "commit-tree",
    "HEAD^{tree}",
    "-p",
    "HEAD",
    "-m",
    "2",
  );
  raw("update-ref", "refs/heads/run/1", next);
  expect(await readCommitRef(git, dir, "refs/heads/run/1")).toBe(next);
  raw("update-ref", "refs/heads/run/1", first);
});

test("nothing is checked out where HEAD is a commit", async () => {
  raw("checkout", "--quiet", "--detach");
  expect(await checkedOut(git, dir).catch(() => "")).toBe("");
  raw("checkout", "--quiet", "main");
});

import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRepository, type Repository } from "../../src/repo/repository.ts";

const SLOW_MS = 30_000;
const run = promisify(execFile);
let dir: string;
let repository: Repository;

const files = (given: Readonly<Record<string, string | Uint8Array>>) =>
  new Map(
    Object.entries(given).map(([path, data]) => [
      path,
      typeof data === "string" ? Buffer.from(data) : data,
    ]),
  );

const git = async (...args: readonly string[]): Promise<string> =>
  (await run("git", ["-C", dir, ...args])).stdout;

const commit = (given: Readonly<Record<string, string | Uint8Array>>) =>
  repository.commit({
    branch: "run/1",
    files: files(given),
    author: "mlpipeline data-engineer",
    subject: "data-engineer: ingestion",
    body: "",
    trailers: [["Manifest", "abc"]],
  });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-git-"));
  repository = await openRepository({ path: process.env.PATH ?? "", carried: new Map() }, dir);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test("a committed tree is the one that git itself makes from the same files", {
  timeout: SLOW_MS,
}, async () => {
  const given = {
    "a.txt": "one\n",
    "b/c d.txt": "two\r\n",
    "b/é.bin": Uint8Array.of(0, 255, 13, 10),
    "b.txt": "",
    "same.txt": "one\n",
  };
  const oid = await commit(given);
  const other = await mkdtemp(join(tmpdir(), "mlpipeline-git-"));
  try {
    await run("git", ["init", "--quiet", other]);
    await run("mkdir", [join(other, "b")]);
    for (const [path, data] of Object.entries(given)) await writeFile(join(other, path), data);
    await run("git", ["-C", other, "-c", "core.autocrlf=false", "add", "--all"]);
    const { stdout } = await run("git", ["-C", other, "write-tree"]);
    expect(await git("rev-parse", `${oid}^{tree}`)).toBe(stdout);
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});

test("bytes are committed as they are, whatever .gitattributes says", {
  timeout: SLOW_MS,
}, async () => {
  const oid = await commit({ ".gitattributes": "* text=auto eol=lf\n", "a.txt": "one\r\n" });
  expect(await git("cat-file", "blob", `${oid}:a.txt`)).toBe("one\r\n");
});

test("a file that is gone is gone in the next commit, and git finds the repository sound", {
  timeout: SLOW_MS,
}, async () => {
  const lock = JSON.stringify({ files: [{ path: "a.txt" }, { path: "b.txt" }] });
  await commit({ "a.txt": "one", "b.txt": "two", "pipeline.lock.json": lock });
  const second = await commit({ "a.txt": "one", "pipeline.lock.json": lock });
  expect(await git("ls-tree", "-r", "--name-only", second)).toBe("a.txt\npipeline.lock.json\n");
  expect(await git("rev-list", "--count", "run/1")).toBe("2\n");
  expect(await repository.findByTrailers("run/1", [["Manifest", "abc"]])).toBe(second);
  await git("fsck", "--strict");
});

test("what git holds only in a pack is committed again", { timeout: SLOW_MS }, async () => {
  await commit({ "a.txt": "one" });
  await git("gc", "--quiet");
  const again = await commit({ "a.txt": "one", "b.txt": "two" });
  expect(await git("cat-file", "blob", `${again}:a.txt`)).toBe("one");
});

test("more files than one command line gets are committed", { timeout: SLOW_MS }, async () => {
  const many = Array.from({ length: 1_001 }, (_, at) => [`f/${at}.txt`, `${at}`] as const);
  const oid = await commit(Object.fromEntries(many));
  const listed = await git("ls-tree", "-r", "--name-only", oid);
  expect(listed.trim().split("\n")).toHaveLength(1_001);
});

test("nothing is left beside the repository's own files", { timeout: SLOW_MS }, async () => {
  await commit({ "a.txt": "one" });
  await repository.treeOf(files({ "b.txt": "two" }));
  const inside = await readdir(join(dir, ".git"));
  expect(inside.filter((name) => name.startsWith("index"))).toEqual([]);
});

test("a tag of that name is kept on its commit and moved to another", {
  timeout: SLOW_MS,
}, async () => {
  const first = await commit({ "a.txt": "one" });
  const tag = await repository.tag("run/1/phase-1.1", first, "Phase 1 approved");
  expect(await repository.tag("run/1/phase-1.1", first, "said again")).toBe(tag);
  const second = await commit({ "a.txt": "two" });
  await repository.tag("run/1/phase-1.1", second, "Phase 1 approved");
  expect(await git("rev-parse", "run/1/phase-1.1^{commit}")).toBe(`${second}\n`);
});

test("a branch that is not there has no head and no trailers", { timeout: SLOW_MS }, async () => {
  await commit({ "a.txt": "one" });
  expect(await repository.head("run/9")).toBeNull();
  expect(await repository.findByTrailers("run/9", [["Manifest", "abc"]])).toBeNull();
});

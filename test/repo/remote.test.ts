import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeBundle } from "../../src/repo/bundle.ts";
import { openRemote } from "../../src/repo/push.ts";
import { openRepository, type Repository } from "../../src/repo/repository.ts";
import { parseRemote, type Remote } from "../../src/spec/remote.ts";

const ENV = { path: process.env.PATH ?? "", carried: new Map() };
const ACCESS = { tokens: [], environment: {} };

let dir: string;
let repository: Repository;
let bare: string;

const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-C", cwd, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: ENV.path,
      HOME: "/nonexistent",
      GIT_AUTHOR_NAME: "p",
      GIT_AUTHOR_EMAIL: "p@x",
      GIT_COMMITTER_NAME: "p",
      GIT_COMMITTER_EMAIL: "p@x",
    },
  });

const write = async (root: string, files: Readonly<Record<string, string>>) => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
};

let trees = 0;
/** Commits what mlpipeline would: the files and a lock that lists them. */
const generate = async (branch: string, files: Readonly<Record<string, string>>, step = "s") => {
  trees += 1;
  const lock = JSON.stringify({ files: Object.keys(files).map((path) => ({ path })) });
  const all = Object.entries({ ...files, "pipeline.lock.json": lock });
  return repository.commit({
    branch,
    files: new Map(all.map(([path, text]) => [path, Buffer.from(text)])),
    author: "mlpipeline s",
    subject: "s: files",
    body: "",
    trailers: [
      ["Step", step],
      ["Manifest", String(trees)],
    ],
  });
};

const personEdits = async (files: Readonly<Record<string, string>>) => {
  await write(repository.dir, files);
  git(repository.dir, "add", "--all");
  git(repository.dir, "commit", "--quiet", "-m", "a person's edit");
};

const remoteAt = (text: string): Remote => {
  const read = parseRemote(text);
  if (typeof read === "string") throw new Error(read);
  return read;
};
const remote = (signal = new AbortController().signal) =>
  openRemote(ENV, ACCESS, repository.dir, remoteAt(bare), signal);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-repo-"));
  bare = join(dir, "remote.git");
  await mkdir(bare);
  git(bare, "init", "--quiet", "--bare", "--initial-branch=main");
  repository = await openRepository(ENV, join(dir, "repo"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe("pushing", { timeout: 60_000 }, () => {
  test("brings branch and tags, and a repeat finds them there", async () => {
    const oid = await generate("run/1", { "a.txt": "1" });
    await repository.tag("run/1/phase-1.1", oid, "Phase 1\n\nManifest: x");
    const first = await remote().push("run/1");
    expect(first).toEqual({ ok: true, commit: oid, tags: ["run/1/phase-1.1"] });
    expect(await remote().push("run/1")).toEqual(first);
    expect(git(bare, "rev-parse", "refs/heads/run/1").trim()).toBe(oid);
    expect(git(bare, "cat-file", "-t", "run/1/phase-1.1").trim()).toBe("tag");
    const next = await generate("run/1", { "a.txt": "2" });
    expect(await remote().push("run/1")).toMatchObject({ ok: true, commit: next });
  });

  test("a branch that moved on there is named with both commits and left as it is", async () => {
    await generate("run/1", { "a.txt": "1" });
    await remote().push("run/1");
    const clone = join(dir, "clone");
    git(dir, "clone", "--quiet", "--branch", "run/1", bare, clone);
    await write(clone, { "b.txt": "theirs" });
    git(clone, "add", "--all");
    git(clone, "commit", "--quiet", "-m", "theirs");
    git(clone, "push", "--quiet", "origin", "run/1");
    const theirs = git(clone, "rev-parse", "HEAD").trim();
    const ours = await generate("run/1", { "a.txt": "2" });
    const pushed = await remote().push("run/1");
    expect(pushed).toMatchObject({ ok: false, fault: { code: "REMOTE_DIVERGED" } });
    const said = pushed.ok ? "" : `${pushed.fault.message} ${pushed.fault.next}`;
    expect(said).toContain("refs/heads/run/1");
    expect(said).toContain(theirs.slice(0, 12));
    expect(said).toContain(ours.slice(0, 12));
    expect(git(bare, "rev-parse", "refs/heads/run/1").trim()).toBe(theirs);
  });

  test("a tag that is another one there stops the push, branch included", async () => {
    const oid = await generate("run/1", { "a.txt": "1" });
    await remote().push("run/1");
    git(bare, "tag", "run/1/phase-1.1", oid);
    const next = await generate("run/1", { "a.txt": "2" });
    await repository.tag("run/1/phase-1.1", next, "ours");
    expect(await remote().push("run/1")).toMatchObject({
      ok: false,
      fault: { code: "REMOTE_DIVERGED" },
    });
    expect(git(bare, "rev-parse", "refs/heads/run/1").trim()).toBe(oid);
  });

  test.each([
    ["a repository that is not there", () => join(dir, "none.git"), "REMOTE_NOT_FOUND"],
    ["a host that does not answer", () => "http://127.0.0.1:9/a/b", "REMOTE_UNREACHABLE"],
  ])("%s is a value with what to do", async (_what, address, code) => {
    await generate("run/1", { "a.txt": "1" });
    bare = address();
    const pushed = await remote().push("run/1");
    expect(pushed).toMatchObject({ ok: false, fault: { code } });
    if (!pushed.ok) expect(pushed.fault.next).not.toBe("");
  });

  test("a hook that refuses there is told with its own words", async () => {
    await generate("run/1", { "a.txt": "1" });
    const hook = join(bare, "hooks", "pre-receive");
    await writeFile(hook, "#!/bin/sh\necho 'only ann may push' >&2\nexit 1\n", { mode: 0o755 });
    const pushed = await remote().push("run/1");
    expect(pushed).toMatchObject({ ok: false, fault: { code: "REMOTE_REFUSED" } });
    if (!pushed.ok) expect(pushed.fault.message).toContain("only ann may push");
  });
});

test("a bundle holds branch, tags and main, and can be cloned", async () => {
  const oid = await generate("run/1", { "a.txt": "1" });
  await repository.tag("run/1/phase-1.1", oid, "Phase 1");
  await repository.main.take("run/1");
  const file = join(dir, "out", "birds-1.bundle");
  expect(await writeBundle(ENV, repository.dir, "run/1", file)).toEqual({
    commit: oid,
    tags: ["run/1/phase-1.1"],
  });
  await writeBundle(ENV, repository.dir, "run/1", file);
  git(dir, "clone", "--quiet", file, join(dir, "from-bundle"));
  expect(await readFile(join(dir, "from-bundle", "a.txt"), "utf8")).toBe("1");
  expect(git(join(dir, "from-bundle"), "tag", "--list").trim()).toBe("run/1/phase-1.1");
});

describe("people's edits on main", { timeout: 60_000 }, () => {
  const lines = (...changed: readonly string[]) =>
    `${Array.from({ length: 12 }, (_, at) => changed[at] ?? `line ${at}`).join("\n")}\n`;

  test("survive the next run, which starts from what was generated last", async () => {
    const first = await generate("run/1", { "README.md": lines(), "gone.txt": "x" });
    expect(await repository.main.take("run/1")).toMatchObject({ kind: "moved", oid: first });
    await personEdits({ "README.md": lines("by a person"), "own/notes.txt": "mine" });
    const changed = Array.from({ length: 12 }, (_, at) => `line ${at}`);
    changed[11] = "generated anew";
    const second = await generate("run/2", {
      "README.md": `${changed.join("\n")}\n`,
      "b.txt": "b",
    });
    expect(git(repository.dir, "rev-parse", "run/2^").trim()).toBe(first);
    expect(await repository.main.take("run/2")).toMatchObject({ kind: "moved" });
    const readme = await readFile(join(repository.dir, "README.md"), "utf8");
    expect(readme).toContain("by a person");
    expect(readme).toContain("generated anew");
    expect(await readFile(join(repository.dir, "own/notes.txt"), "utf8")).toBe("mine");
    expect(git(repository.dir, "ls-tree", "--name-only", "main")).not.toContain("gone.txt");
    expect(git(repository.dir, "log", "-1", "--format=%P", "main")).toContain(second);
    expect(git(repository.dir, "ls-tree", "-r", "--name-only", "run/2")).not.toContain("notes.txt");
    expect(await repository.main.generated()).toBe(second);
  });

  test("that change the same lines are named as a conflict and kept as they are", async () => {
    await generate("run/1", { "a.txt": lines(), "b.txt": "b" });
    await repository.main.take("run/1");
    await personEdits({ "a.txt": lines("by a person") });
    const before = await repository.head("main");
    await generate("run/2", { "a.txt": lines("generated anew"), "b.txt": "b2" });
    expect(await repository.main.take("run/2")).toEqual({ kind: "conflict", files: ["a.txt"] });
    expect(await repository.head("main")).toBe(before);
    expect(await readFile(join(repository.dir, "a.txt"), "utf8")).toBe(lines("by a person"));
    expect(git(repository.dir, "status", "--porcelain")).toBe("");
  });

  test("a conflict that people settle by hand ends it, and the run after that starts from there", async () => {
    await generate("run/1", { "a.txt": lines() });
    await repository.main.take("run/1");
    await personEdits({ "a.txt": lines("by a person") });
    const second = await generate("run/2", { "a.txt": lines("generated anew") });
    await repository.main.take("run/2");
    expect(() => git(repository.dir, "merge", "run/2")).toThrow();
    await write(repository.dir, { "a.txt": lines("settled") });
    git(repository.dir, "commit", "--quiet", "--all", "--no-edit");
    expect(await repository.main.take("run/2")).toMatchObject({ kind: "unchanged" });
    expect(await repository.main.generated()).toBe(second);
    await generate("run/3", { "a.txt": lines("generated anew"), "c.txt": "c" });
    expect(await repository.main.take("run/3")).toMatchObject({ kind: "moved" });
    expect(await readFile(join(repository.dir, "a.txt"), "utf8")).toBe(lines("settled"));
  });

  test("of two runs side by side the one approved last wins, without a conflict", async () => {
    await generate("run/1", { "a.txt": "one" });
    await generate("run/2", { "a.txt": "two" });
    expect(await repository.main.take("run/1")).toMatchObject({ kind: "moved" });
    expect(await repository.main.take("run/2")).toMatchObject({ kind: "moved" });
    expect(await readFile(join(repository.dir, "a.txt"), "utf8")).toBe("two");
    expect(await repository.main.take("run/1")).toMatchObject({ kind: "unchanged" });
  });

  test("that nobody has committed stop the merge and are named", async () => {
    await generate("run/1", { "a.txt": "one" });
    await repository.main.take("run/1");
    await write(repository.dir, { "a.txt": "being edited", "b.txt": "untracked" });
    await generate("run/1", { "a.txt": "two", "b.txt": "generated" });
    const outcome = await repository.main.take("run/1");
    expect(outcome).toMatchObject({ kind: "uncommitted" });
    expect("files" in outcome ? [...outcome.files].sort() : []).toEqual(["a.txt", "b.txt"]);
    expect(await readFile(join(repository.dir, "a.txt"), "utf8")).toBe("being edited");
    expect(await readFile(join(repository.dir, "b.txt"), "utf8")).toBe("untracked");
  });

  test("that were there before the first run stay beside it; a path that both have is a conflict", async () => {
    await personEdits({ LICENSE: "ours", "README.md": "our words" });
    await generate("run/1", { "a.txt": "one" });
    expect(git(repository.dir, "ls-tree", "--name-only", "run/1")).toContain("LICENSE");
    expect(await repository.main.take("run/1")).toMatchObject({ kind: "moved" });
    const next = await generate("run/1", { "a.txt": "one", "README.md": "generated" });
    expect(await repository.main.take("run/1")).toEqual({
      kind: "conflict",
      files: ["README.md"],
    });
    expect(await readFile(join(repository.dir, "README.md"), "utf8")).toBe("our words");
    expect(git(repository.dir, "show", `${next}:README.md`)).toBe("generated");
    expect(git(repository.dir, "show", `${next}:LICENSE`)).toBe("ours");
  });

  test("on the remote come to main before a run starts", async () => {
    const clone = join(dir, "clone");
    git(dir, "clone", "--quiet", bare, clone);
    await write(clone, { LICENSE: "ours" });
    git(clone, "add", "--all");
    git(clone, "commit", "--quiet", "-m", "first");
    git(clone, "push", "--quiet", "origin", "HEAD:main");
    const fetched = await remote().fetch("main");
    expect(fetched).toMatchObject({ ok: true });
    const oid = fetched.ok ? fetched.oid : null;
    expect(await repository.main.integrate(oid ?? "")).toMatchObject({ kind: "moved", oid });
    expect(await repository.main.integrate(oid ?? "")).toMatchObject({ kind: "unchanged" });
    await generate("run/1", { "a.txt": "1" });
    expect(git(repository.dir, "rev-parse", "run/1^").trim()).toBe(oid);
  });

  test("on the remote and here that change the same file are a named conflict", async () => {
    await generate("run/1", { "a.txt": "one" });
    await repository.main.take("run/1");
    git(repository.dir, "push", "--quiet", bare, "main");
    const clone = join(dir, "clone");
    git(dir, "clone", "--quiet", bare, clone);
    await write(clone, { "a.txt": "there" });
    git(clone, "commit", "--quiet", "--all", "-m", "there");
    git(clone, "push", "--quiet");
    await personEdits({ "a.txt": "here" });
    const fetched = await remote().fetch("main");
    expect(await repository.main.integrate((fetched.ok && fetched.oid) || "")).toEqual({
      kind: "conflict",
      files: ["a.txt"],
    });
    expect(await readFile(join(repository.dir, "a.txt"), "utf8")).toBe("here");
  });
});

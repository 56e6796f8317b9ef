import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backupHome } from "../../../src/runtime/backup/backup.ts";
import { restoreHome } from "../../../src/runtime/backup/restore.ts";
import { createTestApp, START, type TestApp } from "../../support/test-app.ts";

const SLOW = 120_000;
const PATH = process.env.PATH ?? "";

let names = 0;
const newId = () => {
  names += 1;
  return `id${names}`;
};

const depsOf = (t: TestApp) => ({
  home: t.app.deps.home,
  path: PATH,
  version: "0.0.0-test",
  nowMs: t.app.deps.clock.nowMs,
  newId,
});

const restoreInto = (homeDir: string, file: string) =>
  restoreHome({ homeDir, path: PATH, newId }, file);

const startRun = async (t: TestApp, pipeline: string): Promise<string> => {
  const started = await t.call("run_start", { ...START, pipeline });
  return (started as unknown as { run_id: string }).run_id;
};

const approveNext = async (t: TestApp, runId: string): Promise<void> => {
  const end = await t.drive(runId);
  if (end.kind !== "handoff") throw new Error(`no handoff: ${end.kind}`);
  await t.approve(end.approvalId);
};

const isGreen = async (t: TestApp): Promise<void> => {
  for (const verdict of await t.app.store.verify(null)) {
    expect(verdict.fault).toBeNull();
    expect(await t.app.damagedBlob(verdict.blobs)).toBeNull();
  }
};

describe("a backup", { timeout: 60_000 }, () => {
  let t: TestApp;
  let out: string;
  beforeAll(async () => {
    t = await createTestApp();
    out = await mkdtemp(join(tmpdir(), "mlpipeline-backup-"));
  }, SLOW);
  afterAll(async () => {
    await t.close();
    await rm(out, { recursive: true, force: true });
  });

  test(
    "taken while a run is worked on is restored elsewhere, verifies, and the run goes on to its end",
    async () => {
      const runId = await startRun(t, "drill");
      await approveNext(t, runId);
      await writeFile(join(t.config.homeDir, "secret.key"), "planted-key", { mode: 0o600 });
      const file = join(out, "live.tar.gz");
      // The next phase is worked on at this moment: the backup and the worker run side by side.
      const [made] = await Promise.all([
        backupHome(depsOf(t), file, { secretKey: false }),
        t.drive(runId),
      ]);
      expect(made).toMatchObject({ file, secretKey: false });
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const dir = join(out, "elsewhere");
      const home = join(dir, "home");
      const restored = await restoreInto(home, file);
      expect(restored).toMatchObject({
        home,
        files: made.files,
        generator: "mlpipeline 0.0.0-test",
      });
      expect(existsSync(join(home, "secret.key"))).toBe(false);
      expect(existsSync(join(home, "backup.json"))).toBe(false);
      // The old home is gone: what was restored must not need it.
      await rm(join(t.config.homeDir, "snapshots"), { recursive: true });
      const other = await createTestApp({ dir });
      await isGreen(other);
      const before = await other.app.store.runs.state(runId);
      expect(before.phases[1].status).toBe("done");
      for (;;) {
        const end = await other.drive(runId);
        if (end.kind !== "handoff") break;
        await other.approve(end.approvalId);
      }
      expect((await other.app.store.runs.state(runId)).status).toBe("completed");
      await isGreen(other);
      const repository = await other.app.runtime.repositoryDir(runId);
      const git = (...args: string[]) =>
        execFileSync("git", ["-C", repository, ...args], { encoding: "utf8" }).trim();
      expect(git("fsck", "--full", "--strict")).toBe("");
      expect(git("tag", "--list").split("\n")).toHaveLength(4);
      await other.close();
    },
    SLOW,
  );

  test("holds the secret key only when it was asked for, and says so", async () => {
    const file = join(out, "with-key.tar.gz");
    await writeFile(join(t.config.homeDir, "secret.key"), "planted-key", { mode: 0o600 });
    const made = await backupHome(depsOf(t), file, { secretKey: true });
    expect(made.secretKey).toBe(true);
    const home = join(out, "with-key");
    expect(await restoreInto(home, file)).toMatchObject({ secretKey: true });
    expect(await readFile(join(home, "secret.key"), "utf8")).toBe("planted-key");
    expect((await stat(join(home, "secret.key"))).mode & 0o777).toBe(0o600);
  });

  test("never replaces a file, and leaves nothing behind", async () => {
    const file = join(out, "there.tar.gz");
    await writeFile(file, "mine");
    await expect(backupHome(depsOf(t), file, { secretKey: false })).rejects.toMatchObject({
      code: "FILE_EXISTS",
    });
    expect(await readFile(file, "utf8")).toBe("mine");
    expect(await readdir(join(t.config.homeDir, "tmp"))).toEqual([]);
  });

  test("leaves out links in repositories and counts them", async () => {
    const dir = join(t.config.homeDir, "repos", "linked");
    await mkdir(dir, { recursive: true });
    await symlink("/etc/hostname", join(dir, "outside"));
    const file = join(out, "linked.tar.gz");
    expect(await backupHome(depsOf(t), file, { secretKey: false })).toMatchObject({
      linksSkipped: 1,
    });
    await restoreInto(join(out, "linked"), file);
    expect(existsSync(join(out, "linked", "repos", "linked", "outside"))).toBe(false);
  });
});

describe("a restore", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "mlpipeline-restore-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const pack = (name: string, from: string, ...args: string[]): string => {
    const file = join(dir, name);
    execFileSync("tar", ["-czf", file, "-C", from, ...args]);
    return file;
  };
  const folder = async (name: string, files: Readonly<Record<string, string>>) => {
    const made = join(dir, name);
    await mkdir(made);
    for (const [path, text] of Object.entries(files)) await writeFile(join(made, path), text);
    return made;
  };
  const contents = (files: object[], format = 1) =>
    JSON.stringify({
      format,
      generator: "mlpipeline 0.1.0",
      at: "2026-11-25T00:00:00.000Z",
      secret_key: false,
      files,
    });

  test("refuses a home that is not empty and changes nothing there", async () => {
    const home = await folder("used", { "mlpipeline.db": "mine" });
    const file = pack("any.tar.gz", await folder("any", { "backup.json": contents([]) }), ".");
    await expect(restoreInto(home, file)).rejects.toMatchObject({ code: "HOME_NOT_EMPTY" });
    expect(await readdir(home)).toEqual(["mlpipeline.db"]);
  });

  test("takes an empty folder", async () => {
    const home = await folder("empty", {});
    const file = pack("none.tar.gz", await folder("none", { "backup.json": contents([]) }), ".");
    expect(await restoreInto(home, file)).toMatchObject({ home, files: 0 });
  });

  test.each([
    [
      "a file that is no archive",
      "BACKUP_INVALID",
      async () => {
        const file = join(dir, "words.tar.gz");
        await writeFile(file, "these are words");
        return file;
      },
    ],
    [
      "half an archive",
      "BACKUP_INVALID",
      async () => {
        const from = await folder("half", { "backup.json": contents([]), x: "y".repeat(100_000) });
        const file = pack("half.tar.gz", from, ".");
        await writeFile(file, (await readFile(file)).subarray(0, 200));
        return file;
      },
    ],
    [
      "a link",
      "BACKUP_INVALID",
      async () => {
        const from = await folder("links", { "backup.json": contents([]) });
        await symlink("/etc", join(from, "etc"));
        return pack("links.tar.gz", from, ".");
      },
    ],
    [
      "a path that leads out",
      "BACKUP_INVALID",
      async () => {
        const from = await folder("out", { "backup.json": contents([]), evil: "x" });
        return pack(
          "out.tar.gz",
          from,
          "-P",
          "--transform",
          "s|evil|./../evil|",
          "./evil",
          "./backup.json",
        );
      },
    ],
    [
      "an absolute path",
      "BACKUP_INVALID",
      async () => {
        const from = await folder("absolute", { "backup.json": contents([]), evil: "x" });
        return pack(
          "absolute.tar.gz",
          from,
          "-P",
          "--transform",
          `s|./evil|${dir}/evil|`,
          "./evil",
        );
      },
    ],
    [
      "a file that is not listed",
      "BACKUP_DAMAGED",
      async () =>
        pack(
          "extra.tar.gz",
          await folder("extra", { "backup.json": contents([]), more: "x" }),
          ".",
        ),
    ],
    [
      "a file with other bytes",
      "BACKUP_DAMAGED",
      async () => {
        const listed = [{ path: "a", bytes: 1, sha256: "0".repeat(64) }];
        return pack(
          "other.tar.gz",
          await folder("other", { "backup.json": contents(listed), a: "x" }),
          ".",
        );
      },
    ],
    [
      "a later format",
      "BACKUP_NEWER",
      async () =>
        pack("newer.tar.gz", await folder("newer", { "backup.json": contents([], 2) }), "."),
    ],
    ["nothing at all", "BACKUP_NOT_FOUND", async () => join(dir, "none-there")],
  ])("of %s ends in %s and leaves nothing behind", async (_what, code, make) => {
    const file = await make();
    const home = join(dir, `home-${newId()}`);
    await expect(restoreInto(home, file)).rejects.toMatchObject({ code });
    expect(existsSync(home)).toBe(false);
    expect(existsSync(join(dir, "evil"))).toBe(false);
    expect((await readdir(dir)).filter((name) => name.includes(".restore-"))).toEqual([]);
  });

  test("says so where tar is not installed", async () => {
    const file = pack("tar.tar.gz", await folder("tar", { "backup.json": contents([]) }), ".");
    await chmod(file, 0o600);
    await expect(
      restoreHome({ homeDir: join(dir, "no-tar"), path: "/nonexistent", newId }, file),
    ).rejects.toMatchObject({ code: "TAR_MISSING" });
  });
});

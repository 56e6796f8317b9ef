import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type RemoteAccess, redactSecrets, remoteEnvironment } from "../../src/repo/access.ts";
import { openForge } from "../../src/repo/forge/open-forge.ts";
import { openRemote } from "../../src/repo/push.ts";
import { parseRemote, type Remote } from "../../src/spec/remote.ts";
import { type FakeForge, startFakeForge } from "../support/fake-forge/server.ts";

const SIGNAL = new AbortController().signal;
const ENV = { path: process.env.PATH ?? "", carried: new Map() };
const CONTENT = { head: "run/1", base: "main", title: "birds: run/1", body: "words" };

const remoteAt = (text: string): Remote => {
  const read = parseRemote(text);
  if (typeof read === "string") throw new Error(read);
  return read;
};

describe.each(["github", "gitlab"] as const)("on %s", { timeout: 60_000 }, (kind) => {
  let forge: FakeForge;
  let access: RemoteAccess;
  let work: string;
  let remote: Remote;

  const git = (...args: string[]) =>
    execFileSync(
      "git",
      [
        "-C",
        work,
        "-c",
        "user.name=p",
        "-c",
        "user.email=p@x",
        "-c",
        "commit.gpgsign=false",
        ...args,
      ],
      { encoding: "utf8" },
    );
  const commit = async (path: string) => {
    await writeFile(join(work, path), path);
    git("add", "--all");
    git("commit", "--quiet", "-m", path);
  };
  const openedForge = (over: Partial<RemoteAccess> = {}) => {
    const opened = openForge({ ...access, ...over }, remote, SIGNAL);
    if (!opened) throw new Error("no forge");
    return opened;
  };

  beforeEach(async () => {
    forge = await startFakeForge(kind);
    const bare = await forge.create("team/sub/birds".replace(kind === "github" ? "/sub" : "", ""));
    access = { tokens: [{ kind, origin: forge.origin, token: forge.token }], environment: {} };
    remote = remoteAt(`${forge.origin}/${kind === "github" ? "team/birds" : "team/sub/birds"}.git`);
    work = await mkdtemp(join(tmpdir(), "mlpipeline-forge-"));
    git("init", "--quiet", "--initial-branch=main");
    await commit("base.txt");
    git("push", "--quiet", bare, "main");
    git("checkout", "--quiet", "-b", "run/1");
    await commit("run.txt");
  });
  afterEach(async () => {
    await forge.close();
    await rm(work, { recursive: true, force: true });
  });

  test("the token of the environment pushes over HTTP and stands in no argument", async () => {
    const pushed = await openRemote(ENV, access, work, remote, SIGNAL).push("run/1");
    expect(pushed).toMatchObject({ ok: true });
    expect(forge.seen.every(({ token }) => token)).toBe(true);
    const handed = remoteEnvironment(access, remote);
    const values = Object.entries(handed).filter(([, value]) => value.includes("Basic"));
    expect(values).toHaveLength(1);
    expect(Object.values(handed).join(" ")).not.toContain(forge.token);
  });

  test("a token of another host is not sent, and the refusal shows no secret", async () => {
    const other = {
      ...access,
      tokens: [{ kind, origin: "https://other.example", token: forge.token }],
    };
    const pushed = await openRemote(ENV, other, work, remote, SIGNAL).push("run/1");
    expect(pushed).toMatchObject({ ok: false, fault: { code: "REMOTE_DENIED" } });
    expect(forge.seen.some(({ token }) => token)).toBe(false);
    expect(openForge(other, remote, SIGNAL)).toBeNull();
  });

  test("a wrong token is told without showing it", async () => {
    const wrong = {
      ...access,
      tokens: [{ kind, origin: forge.origin, token: "wrong-secret-token" }],
    };
    const pushed = await openRemote(ENV, wrong, work, remote, SIGNAL).push("run/1");
    expect(pushed).toMatchObject({ ok: false, fault: { code: "REMOTE_DENIED" } });
    expect(JSON.stringify(pushed)).not.toContain("wrong-secret-token");
    const answer = await openedForge(wrong).putRequest(CONTENT);
    expect(answer).toMatchObject({ ok: false });
    expect(JSON.stringify(answer)).toContain("renew the token");
  });

  test("one request stands per branch, opened once and edited ever after", async () => {
    await openRemote(ENV, access, work, remote, SIGNAL).push("run/1");
    const first = await openedForge().putRequest(CONTENT);
    expect(first).toMatchObject({ ok: true, number: 1 });
    const second = await openedForge().putRequest({
      ...CONTENT,
      title: "two phases",
      body: "more",
    });
    expect(second).toEqual(first);
    expect(forge.requests).toMatchObject([{ title: "two phases", body: "more", edits: 1 }]);
  });

  test("a branch that is not there is told in one sentence with what to do", async () => {
    await openRemote(ENV, access, work, remote, SIGNAL).push("run/1");
    const answer = await openedForge().putRequest({ ...CONTENT, base: "develop" });
    expect(answer).toMatchObject({ ok: false });
    expect(answer.ok ? "" : answer.next).toContain("the branch develop is there");
  });

  test.each([403, 404, 500, 503])("an answer of %i is a value with what to do", async (status) => {
    forge.fail(/merge_requests|pulls/, status);
    const answer = await openedForge().putRequest(CONTENT);
    expect(answer).toMatchObject({ ok: false });
    expect(answer.ok ? "" : answer.message).toContain(String(status));
  });

  test("a forge that is gone is a value", async () => {
    await forge.close();
    expect(await openedForge().putRequest(CONTENT)).toMatchObject({
      ok: false,
      message: expect.stringContaining("cannot be reached"),
    });
    forge = await startFakeForge(kind);
  });

  test("a redirect does not carry the token elsewhere", async () => {
    const elsewhere = await startFakeForge(kind);
    forge.redirect(/./, elsewhere.origin);
    const pushed = await openRemote(ENV, access, work, remote, SIGNAL).push("run/1");
    expect(pushed.ok).toBe(false);
    expect(await openedForge().putRequest(CONTENT)).toMatchObject({ ok: false });
    expect(elsewhere.seen).toEqual([]);
    await elsewhere.close();
  });
});

test("secrets are taken out of words in every form in which they are sent", () => {
  const token = "glpat-planted-secret";
  const access: RemoteAccess = {
    tokens: [{ kind: "gitlab", origin: "https://gitlab.com", token }],
    environment: {},
  };
  const header = Buffer.from(`oauth2:${token}`).toString("base64");
  const said = `bad ${token} in Basic ${header} at https://user:pw@host/x`;
  expect(redactSecrets(access, said)).toBe("bad *** in Basic *** at https://***@host/x");
});

import { describe, expect, test } from "vitest";
import { branchProblem, parseRemote, remoteProblem } from "../../src/spec/remote.ts";

describe("an address of a remote", () => {
  test.each([
    ["https://github.com/team/birds.git", "http", "https://github.com", "team/birds"],
    ["http://127.0.0.1:8080/team/birds", "http", "http://127.0.0.1:8080", "team/birds"],
    ["git@github.com:team/birds.git", "ssh", null, "team/birds"],
    ["ssh://git@host.example:22/team/birds.git", "ssh", null, "team/birds"],
    ["/srv/git/birds.git", "path", null, "srv/git/birds"],
    ["file:///srv/git/birds.git", "path", null, "srv/git/birds"],
  ])("%s is read", (text, kind, origin, project) => {
    expect(parseRemote(text)).toMatchObject({ kind, origin, project });
  });
  test.each([
    "",
    "--upload-pack=touch /tmp/x",
    "ext::sh -c touch% /tmp/x",
    "-oProxyCommand=x@host:repo",
    "https://user:secret@github.com/a/b",
    "https://token@github.com/a/b",
    "http://example.com/a/b",
    "https://github.com",
    "relative/path.git",
    "git@host: repo",
    "https://github.com/a/b\n--force",
    "ftp://host/a/b",
  ])("%j is refused", (text) => {
    expect(remoteProblem(text)).toMatch(/^the remote /);
  });
  test.each(["-x", "a..b", "a/", ".a", "a b", "x.lock", "a@{1}", "", "a//b"])(
    "a branch called %j is refused",
    (name) => expect(branchProblem(name)).not.toBeNull(),
  );
  test.each(["main", "release/1.2", "team_x"])("a branch called %j is fine", (name) => {
    expect(branchProblem(name)).toBeNull();
  });
});

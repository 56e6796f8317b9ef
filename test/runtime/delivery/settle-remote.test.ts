import { describe, expect, test } from "vitest";
import type { Actor } from "../../../src/engine/command.ts";
import { settleRemote } from "../../../src/runtime/delivery/settle-remote.ts";
import { PipelineSpec } from "../../../src/spec/spec.ts";

const spec = PipelineSpec.parse({
  pipeline: { name: "birds", goal: "predict which strikes damage the aircraft" },
  dataset: { uri: "birds.csv" },
  target: { column: "damage" },
});
const NONE = { remote: null, branch: "main" };
const ALL = { remote: "https://git.example/ml/{pipeline}.git", branch: "develop" };
const person = (via: Actor["via"]): Actor => ({ person: "ann", via, ref: "x", model: false });
const assistant: Actor = { person: "ann", via: "mcp", ref: "x", model: true };
const settled = (asked: object, defaults: typeof ALL | typeof NONE, actor: Actor) =>
  settleRemote(spec, asked, defaults, actor).repository;

describe("the remote of a pipeline", () => {
  test("is the one asked for, else the workspace's with the pipeline's name in it, else none", () => {
    const own = "https://git.example/own.git";
    expect(settled({ remote: own, branch: "b" }, ALL, person("cli"))).toEqual({
      remote: own,
      branch: "b",
    });
    expect(settled({}, ALL, assistant)).toEqual({
      remote: "https://git.example/ml/birds.git",
      branch: "develop",
    });
    expect(settled({}, NONE, person("slack"))).toEqual(NONE);
    expect(settled({ remote: null }, ALL, person("cli")).remote).toBeNull();
  });

  test("is no choice of an assistant's", () => {
    expect(() => settled({ remote: "https://evil.example/x.git" }, ALL, assistant)).toThrow(
      expect.objectContaining({ code: "PEOPLE_ONLY" }),
    );
  });

  test.each(["/srv/git/x.git", "file:///srv/git/x.git"])(
    "is %s for people in a terminal only",
    (remote) => {
      expect(settled({ remote }, NONE, person("cli")).remote).toBe(remote);
      expect(() => settled({ remote }, NONE, person("slack"))).toThrow(
        expect.objectContaining({ code: "REMOTE_IS_A_PATH" }),
      );
    },
  );
});

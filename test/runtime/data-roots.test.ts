import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Actor } from "../../src/engine/command.ts";
import { BIRDSTRIKES, createTestApp, START, type TestApp } from "../support/test-app.ts";

const outside = mkdtempSync(join(tmpdir(), "mlpipeline-outside-"));
const secret = join(outside, "salaries.csv");
let world: TestApp;
let slack: Actor;
let assistant: Actor;

beforeAll(async () => {
  writeFileSync(secret, "a,b,y\n1,2,3\n");
  world = await createTestApp();
  slack = { ...world.owner, via: "slack" };
  assistant = { ...world.owner, via: "mcp", model: true };
});
afterAll(async () => {
  await world.close();
  rmSync(outside, { recursive: true, force: true });
});

const start = (dataset: string, actor: Actor) =>
  world.call("run_start", { ...START, target: "y", dataset }, { actor });
const runs = async () => (await world.call("runs_search", {})).runs as unknown as unknown[];

describe("who is not at the terminal reads datasets below data.roots alone", () => {
  test.each([
    ["an absolute path", () => secret],
    ["a file address", () => `file://${secret}`],
    ["a way up", () => join(process.cwd(), "examples", "..", "..", "..", secret)],
    ["a file that is not there", () => join(outside, "nothing.csv")],
    [
      "the product's own database",
      () => join(world.config.homeDir, "..", "home2", "mlpipeline.db"),
    ],
  ])("%s outside is refused, from Slack and by an assistant", async (_what, path) => {
    const before = await runs();
    for (const actor of [slack, assistant]) {
      await expect(start(path(), actor)).rejects.toMatchObject({ code: "DATA_OUTSIDE_ROOTS" });
    }
    expect(await runs()).toEqual(before);
  });

  test("a link inside a root that leads out of it is refused", async () => {
    const root = mkdtempSync(join(tmpdir(), "mlpipeline-root-"));
    symlinkSync(secret, join(root, "fine.csv"));
    const own = await createTestApp({ workspace: `data: {roots: ["${root}"]}` });
    const actor: Actor = { ...own.owner, via: "slack" };
    const asked = own.call(
      "run_start",
      { ...START, target: "y", dataset: join(root, "fine.csv") },
      { actor },
    );
    await expect(asked).rejects.toMatchObject({ code: "DATA_OUTSIDE_ROOTS" });
    await own.close();
    rmSync(root, { recursive: true, force: true });
  });

  test("a second source is held to it as well", async () => {
    const asked = world.call(
      "run_start",
      { ...START, sources: [`name=pay,uri=${secret},key=Airport`] },
      { actor: slack },
    );
    await expect(asked).rejects.toMatchObject({ code: "DATA_OUTSIDE_ROOTS" });
  });

  test("a dataset below a root starts, and one that a terminal used before may be used again", async () => {
    const first = await world.call(
      "run_start",
      { ...START, dataset: BIRDSTRIKES },
      { actor: slack },
    );
    expect(first.status).toBe("running");
  });
});

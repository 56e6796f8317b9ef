import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { selfCheck } from "../../mcp/self-check.ts";
import { CLI_HARNESS } from "../support/harness.ts";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "mlpipeline-self-check-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const environment = { PATH: process.env.PATH, HOME: process.env.HOME };
const clock = () => performance.now();
const entry = (...args: readonly string[]) => ({
  command: process.execPath,
  args,
  env: { MLPIPELINE_HOME: home },
});

describe.each([
  ["with the 1.x client that is installed", "@modelcontextprotocol/sdk 1.x", undefined],
  ["with its own three messages where no client is installed", "plain messages", async () => null],
] as const)("mcp install's check, %s", (_title, as, load) => {
  const check = (...args: readonly string[]) =>
    selfCheck(entry(...args), environment, clock, ...(load ? [load] : []));

  test("starts the server once and says what it answered", async () => {
    expect(await check(CLI_HARNESS, "mcp")).toMatch(
      new RegExp(`^started once: it answered ${as.replaceAll(/[./]/g, "\\$&")} with 1\\d tools`),
    );
  }, 30_000);

  test("fails when the program ends without an answer, and when it is not there", async () => {
    await expect(check("-e", "")).rejects.toThrow();
    await expect(
      selfCheck(
        { ...entry(), command: join(home, "nothing") },
        environment,
        clock,
        ...(load ? [load] : []),
      ),
    ).rejects.toThrow();
  }, 30_000);
});

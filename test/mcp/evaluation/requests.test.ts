import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DEFAULT_OFFER, toolsOf } from "../../../mcp/offer.ts";

interface Request {
  readonly say: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

test("the thirty requests for evaluation with a real assistant name tools and arguments that exist", async () => {
  const file = join(process.cwd(), "test", "mcp", "evaluation", "requests.json");
  const requests = JSON.parse(await readFile(file, "utf8")) as readonly Request[];
  const tools = toolsOf(DEFAULT_OFFER);
  expect(requests.length).toBeGreaterThanOrEqual(30);
  expect(new Set(requests.map((one) => one.say)).size).toBe(requests.length);
  for (const { arguments: input, say, tool } of requests) {
    const known = tools.get(tool)?.listed.inputSchema.properties as object | undefined;
    expect(known, `${tool}: ${say}`).toBeDefined();
    for (const name of Object.keys(input)) expect(Object.keys(known ?? {}), say).toContain(name);
  }
  expect(new Set(requests.map((one) => one.tool)).size).toBe(tools.size);
});

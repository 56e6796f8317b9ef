import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { callTool, toolContext } from "../../support/tool-context.ts";

const names = (await readdir("prompts/knowledge")).sort();
const knowledge = { names, read: (name: string) => readFile(`prompts/knowledge/${name}`, "utf8") };

test.each(names)("the note %s is read whole in one answer", async (name) => {
  const { isError, text } = await callTool("knowledge_read", { name }, toolContext({ knowledge }));
  expect(isError).toBe(false);
  expect(text).toBe(await readFile(`prompts/knowledge/${name}`, "utf8"));
});

test("a name that is not there, and a path, are answered with the names that are", async () => {
  for (const name of ["", "../house-rules.md", "/etc/passwd", "../../package.json"]) {
    const { isError, text } = await callTool(
      "knowledge_read",
      { name },
      toolContext({ knowledge }),
    );
    expect(isError).toBe(true);
    expect(text).toContain("leakage.md");
  }
});

test("a longer text comes in pieces that say where to go on", async () => {
  const long = { names: ["long.md"], read: async () => "x".repeat(20_000) };
  const first = await callTool(
    "knowledge_read",
    { name: "long.md" },
    toolContext({ knowledge: long }),
  );
  expect(first.text).toContain("12000 more characters: from 8000");
  const last = await callTool(
    "knowledge_read",
    { name: "long.md", from: 16_000 },
    toolContext({ knowledge: long }),
  );
  expect(last.text).toBe("x".repeat(4_000));
});

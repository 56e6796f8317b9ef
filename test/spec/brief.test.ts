import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseBrief } from "../../src/spec/brief.ts";
import { DELIVERABLES } from "../../src/spec/parts.ts";
import { ROLES } from "../../src/spec/roles.ts";

const CONTRACT = {
  role: "data-engineer",
  title: "Data",
  phase: 1,
  needs: [] as string[],
  deliverables: [{ id: "ingestion", files: ["src/*/ingest.py"] }] as object[],
  tools: ["file_read"],
  effort: "medium",
  limits: { turns: 10, tokens: 50_000 },
};

const brief = (changes: object = {}, prose = "Do it well.") =>
  parseBrief(`---\n${stringify({ ...CONTRACT, ...changes })}---\n${prose}\n`, "x/brief.md");

describe("a brief", () => {
  test("gives its contract with defaults, and its prose", () => {
    expect(brief()).toMatchObject({
      role: "data-engineer",
      deliverables: [{ id: "ingestion", checks: [], options: {} }],
      prose: "Do it well.",
    });
  });

  test("prose may hold lines of dashes", () => {
    expect(brief({}, "One.\n---\nTwo.").prose).toBe("One.\n---\nTwo.");
  });

  test("without front matter it is refused, naming the file", () => {
    expect(() => parseBrief("Just prose.", "x/brief.md")).toThrow(
      /x\/brief\.md: expected front matter/,
    );
  });

  test.each([
    ["an unknown role", { role: "prompt-engineer" }],
    ["an unknown phase", { phase: 5 }],
    ["an unknown need", { needs: ["somebody"] }],
    ["an unknown deliverable", { deliverables: [{ id: "ingestions", files: ["a"] }] }],
    ["a deliverable without files", { deliverables: [{ id: "ingestion", files: [] }] }],
    ["no deliverable", { deliverables: [] }],
    ["an unknown key", { colour: "red" }],
    ["a misspelt key of a deliverable", { deliverables: [{ id: "ingestion", file: ["a"] }] }],
    ["no tools", { tools: undefined }],
    ["an unknown effort", { effort: "heroic" }],
    ["a limit of no turns", { limits: { turns: 0, tokens: 50_000 } }],
    ["too few tokens", { limits: { turns: 1, tokens: 10 } }],
  ])("front matter with %s is refused", (_, changes) => {
    expect(() => brief(changes)).toThrow(expect.objectContaining({ code: "BRIEF_INVALID" }));
  });
});

describe("the briefs that ship", async () => {
  const folders = await readdir("prompts", { recursive: true });
  const paths = folders.filter((path) => /^[a-z-]+\/brief\.md$/.test(path));

  test.each(paths)("%s parses, and promises exactly its role's deliverables", async (path) => {
    const parsed = parseBrief(await readFile(`prompts/${path}`, "utf8"), path);
    expect(path).toBe(`${parsed.role}/brief.md`);
    const expected = DELIVERABLES.filter(({ role }) => role === parsed.role).map(({ id }) => id);
    expect(parsed.deliverables.map(({ id }) => id).sort()).toEqual(expected.sort());
  });

  test.each(paths)("%s needs only specialists that come before it", async (path) => {
    const parsed = parseBrief(await readFile(`prompts/${path}`, "utf8"), path);
    for (const need of parsed.needs)
      expect(ROLES.indexOf(need)).toBeLessThan(ROLES.indexOf(parsed.role));
  });
});

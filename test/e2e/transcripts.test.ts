import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/hash.ts";
import { outcome, TALKS, talk } from "../support/transcripts.ts";

describe.each(TALKS)("$folder", (one) => {
  const dir = join("examples", one.folder);

  test("its conversation goes as it was written down", async () => {
    const kept = readFileSync(join(dir, "transcript.md"), "utf8");
    const now = await talk(one);
    expect(now.map(({ exit }) => exit)).toEqual([0, 0]);
    expect(kept.split("\n").filter((line) => line.startsWith("$ "))).toEqual(
      now.map(({ command }) => `$ ${command}`),
    );
    const ends = now.flatMap(({ output }) => outcome(output));
    expect(ends.length).toBeGreaterThan(7);
    expect(outcome(kept)).toEqual(ends);
  }, 180_000);

  test("its data is small and has a source, a licence and the hash that is stated", () => {
    const readme = readFileSync(join(dir, "README.md"), "utf8");
    const file = join(dir, `${one.folder}.csv`);
    expect(statSync(file).size).toBeLessThan(1_300_000);
    expect(readme).toContain(sha256(readFileSync(file)));
    expect(readme).toMatch(/^- Source: /m);
    expect(readme).toMatch(/^- Licence: /m);
  });
});

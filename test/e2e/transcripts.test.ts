import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/hash.ts";
import { TALKS, talk, transcript } from "../support/transcripts.ts";

describe.each(TALKS)("$folder", (one) => {
  const dir = join("examples", one.folder);

  test("its conversation goes as it was written down", async () => {
    const kept = readFileSync(join(dir, "transcript.md"), "utf8");
    const now = await talk(one);
    expect(now.map(({ exit }) => exit)).toEqual([0, 0]);
    expect(transcript(one, now)).toBe(kept);
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

// Writes the part of bench/fixtures/drift.json that every generated repository ships: npx tsx test/support/share-fixture.ts
import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";

export const SHARED =
  "prompts/observability-engineer/blueprint/common/tests/infra/fixtures/drift.json";
const WHOLE = "bench/fixtures/drift.json";

const Case = z.looseObject({
  n: z.tuple([z.number(), z.number()]).optional(),
  reference: z.unknown().optional(),
});

/** More than this written out would make the file long; more made from a seed would make its test slow. */
const MOST_WRITTEN = 100;
const MOST_SEEDED = 50_000;

const isShipped = (line: string): boolean => {
  const text = line.replace(/,$/, "");
  if (!text.startsWith("{") || text === "{") return true;
  const { n, reference } = Case.parse(JSON.parse(text));
  if (Array.isArray(reference)) return reference.length <= MOST_WRITTEN;
  return n === undefined || n[0] <= MOST_SEEDED;
};

/** The lines of the whole fixture that are shipped, one case each; not read and written again, or -0.0 would become 0. */
export const sharedFixture = async (): Promise<string> =>
  (await readFile(WHOLE, "utf8")).split("\n").filter(isShipped).join("\n").replace(/,\n\]/g, "\n]");

if (process.argv[1]?.endsWith("share-fixture.ts")) await writeFile(SHARED, await sharedFixture());

import { blocks, defineCheck, lineAt, ownTexts, resultOf, skipped } from "./define.ts";
import type { Finding } from "./types.ts";

const ID = "personal-data";
/** Shorter values (initials, small numbers) stand in any text by chance. */
const SHORTEST = 5;

const isWordSign = (sign: string | undefined): boolean =>
  sign !== undefined && /[\p{L}\p{N}]/u.test(sign);

/** Where `value` stands in the text as a whole, not inside a longer word or number; -1 for nowhere. */
const findWhole = (text: string, value: string): number => {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    if (!isWordSign(text[at - 1]) && !isWordSign(text[at + value.length])) return at;
  }
  return -1;
};

const scan = (path: string, text: string, values: readonly string[]): readonly Finding[] => {
  const lower = text.toLowerCase();
  const found = values.map((value) => findWhole(lower, value)).filter((at) => at >= 0);
  const first = found.length > 0 ? Math.min(...found) : -1;
  if (first < 0) return [];
  const many = found.length === 1 ? "a value" : `${found.length} values`;
  return [blocks(ID, path, lineAt(text, first), `holds ${many} of a personal column`)];
};

/** No text file holds a value of a personal column. Findings count and place them, and never repeat one. */
export const personalData = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) => {
    if (input.facts.groups.personal.length === 0)
      return skipped(ID, "the data has no personal column");
    if (input.personalValues === undefined)
      return skipped(ID, "no values of the personal columns were given to look for");
    const values = [...new Set(input.personalValues.map((value) => value.trim().toLowerCase()))];
    const probes = values.filter((value) => value.length >= SHORTEST);
    return resultOf(ID, {
      findings: ownTexts(input, () => true).flatMap(({ path, text }) => scan(path, text, probes)),
      evidence: { probed: probes.length },
    });
  },
});

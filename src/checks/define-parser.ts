import { blocks, defineCheck, ownTexts, resultOf } from "./define.ts";
import type { Check, CheckInput, Finding } from "./types.ts";

/** A check that reads every own file of a kind with one parser and gives `parsed` to those it accepts. */
export const defineParser = (given: {
  readonly id: string;
  readonly tool: string;
  readonly version: string;
  readonly matches: (path: string, input: CheckInput) => boolean;
  readonly parse: (path: string, text: string, input: CheckInput) => readonly Finding[];
}): Check =>
  defineCheck({
    id: given.id,
    deliverables: "any",
    run: async (input) => {
      const files = ownTexts(input, (path) => given.matches(path, input));
      return resultOf(given.id, {
        findings: files.flatMap(({ path, text }) => given.parse(path, text, input)),
        levels: files.map(({ path }) => ({
          path,
          level: "parsed" as const,
          by: { check: given.id, tool: given.tool, version: given.version },
        })),
      });
    },
  });

/** A blocking finding of a parser. */
export const notParsed = (
  rule: string,
  path: string,
  line: number | null,
  words: string,
): Finding => blocks(rule, path, line, words.split("\n")[0]?.slice(0, 300) ?? "cannot be read");

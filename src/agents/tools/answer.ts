import type { Json } from "../model.ts";
import { plainJson, untrusted } from "../untrusted.ts";
import type { ToolAnswer, ToolContext } from "./tool.ts";

/** Longest answer of a tool, in characters; `file_read` has its own. */
export const ANSWER_CAP = 8_000;

/** What a wrong call is told. */
interface Lesson {
  readonly expected: string;
  readonly got: string;
  readonly next: string;
}

const GOT_CAP = 300;

/** An error that teaches: what was expected, what came, and what to call next. `got` may quote the model's own words, nothing else. */
export const teach = ({ expected, got, next }: Lesson): ToolAnswer => ({
  text: `Expected: ${expected}\nGot: ${got.slice(0, GOT_CAP)}\nNext: ${next}`,
  isError: true,
  cells: 0,
});

/** Words of ours: a confirmation without anything from data or files. */
export const said = (text: string): ToolAnswer => ({ text, isError: false, cells: 0 });

/** A list as JSON, one entry a line, cut at the cap; how many entries there was no room for. */
export const linesWithin = (
  entries: readonly Json[],
  cap: number,
): { readonly json: string; readonly left: number } => {
  const lines: string[] = [];
  let size = 0;
  for (const entry of entries) {
    const line = plainJson(entry);
    size += line.length + 2;
    if (size > cap && lines.length > 0) break;
    lines.push(line.length > cap ? plainJson(`${line.slice(0, cap / 2)} … cut`) : line);
  }
  return { json: lines.join(",\n"), left: entries.length - lines.length };
};

/** What came from data, files or programs, wrapped so that nothing in it reads as an instruction; what may not leave is hidden. */
export const shown = (
  context: Pick<ToolContext, "secret" | "toolUseId">,
  source: string,
  json: string,
  { cells = 0, isError = false, note = "" } = {},
): ToolAnswer => ({
  text: `${untrusted(context.secret, context.toolUseId, source, json)}${note === "" ? "" : `\n${note}`}`,
  isError,
  cells,
});

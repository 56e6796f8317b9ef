import { parseDocument } from "yaml";
import { UserInputError } from "../lib/errors.ts";

/** A spec as people write it: any of its keys, the rest being defaults. Not yet checked. */
export type PartialSpec = Readonly<Record<string, unknown>>;

/** Most characters of a spec that is read. */
export const MOST_SPEC_CHARS = 200_000;

const unreadable = (got: string): UserInputError =>
  new UserInputError("SPEC_FILE", "the spec cannot be read", {
    expected: "YAML with keys as in the spec.yaml of a pipeline repository",
    got,
    next: "mend the line that is named; every key may be left out but goal, dataset.uri and target.column",
  });

export const isRecord = (value: unknown): value is PartialSpec =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads the text of a spec file. UserInputError SPEC_FILE where it is no YAML mapping; its keys are for `intake` to judge. */
export const parseSpecFile = (text: string): PartialSpec => {
  if (text.length > MOST_SPEC_CHARS) throw unreadable(`${text.length} characters`);
  const document = parseDocument(text, { version: "1.2" });
  const [problem] = document.errors;
  if (problem) throw unreadable(problem.message.split("\n")[0] ?? "an error");
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 });
  } catch {
    throw unreadable("aliases that stand for too much");
  }
  if (!isRecord(value)) throw unreadable(value === null ? "nothing" : "no mapping of keys");
  return value;
};

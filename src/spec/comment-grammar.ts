import { z } from "zod";
import { SENTENCES, type SpecEdit } from "./comment-sentences.ts";
import { nearMatches } from "./intake-near.ts";
import { PipelineSpec } from "./spec.ts";

/** The sentences that a comment may hold when no language model reads it; shown where one was not understood. */
export const COMMENT_GRAMMAR: readonly string[] = SENTENCES.map(({ shown }) => shown);

const understandSentence = (sentence: string): readonly SpecEdit[] | null => {
  for (const { edits, pattern } of SENTENCES) {
    const match = pattern.exec(sentence);
    const found = match ? edits(match.slice(1).map((group) => group ?? "")) : null;
    if (found !== null) return found;
  }
  return null;
};

/**
 * The spec changes that a comment asks for, one sentence per line or separated by ";", or null when any sentence is not of
 * the grammar. Never throws.
 */
export const understandComment = (text: string): readonly SpecEdit[] | null => {
  const sentences = text
    .split(/[;\n]/)
    .map((sentence) => sentence.trim().replace(/[.!]$/, ""))
    .filter((sentence) => sentence !== "");
  const understood = sentences.map(understandSentence);
  return sentences.length === 0 || understood.includes(null)
    ? null
    : understood.flatMap((edits) => edits ?? []);
};

const editValue = (old: unknown, edit: SpecEdit): unknown => {
  if (Array.isArray(old)) {
    if (edit.op === "set")
      return edit.value
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
    const rest = old.filter((item) => item !== edit.value);
    return edit.op === "add" ? [...rest, edit.value] : rest;
  }
  const wantsNumber = typeof old === "number" || old === null;
  return wantsNumber && edit.value !== "" && Number.isFinite(Number(edit.value))
    ? Number(edit.value)
    : edit.value;
};

const editAt = (node: unknown, path: readonly string[], edit: SpecEdit): unknown => {
  const [head, ...rest] = path;
  if (head === undefined) return editValue(node, edit);
  if (typeof node !== "object" || node === null || Array.isArray(node)) return node;
  const record = node as Readonly<Record<string, unknown>>;
  return { ...record, [head]: editAt(record[head], rest, edit) };
};

/** Keys that say what a run is and where it reads and pushes: those are settled when it starts, not by a review comment. */
const SETTLED = /^(pipeline\.(name|version|goal)|dataset\.uri|sources|repository)(\.|$)/;
const NO_COLUMN = new Set(["none", "auto", ""]);

const namesColumn = ({ key }: SpecEdit): boolean =>
  key.startsWith("columns.") || key === "target.column";

/** The edit with its columns under their exact names, letter case ignored; or what is wrong with it. */
const withColumns = (edit: SpecEdit, columns: readonly string[]): SpecEdit | string => {
  if (SETTLED.test(edit.key))
    return `${edit.key} is settled when a run starts; start another run for another one`;
  if (!namesColumn(edit) || NO_COLUMN.has(edit.value)) return edit;
  const exact = (wanted: string) =>
    columns.find((name) => name === wanted) ??
    columns.find((name) => name.toLowerCase() === wanted.toLowerCase());
  const whole = exact(edit.value);
  if (whole !== undefined) return { ...edit, value: whole };
  const parts = edit.value.split(",").map((part) => exact(part.trim()));
  const found = parts.filter((part) => part !== undefined);
  if (edit.op === "set" && found.length === parts.length)
    return { ...edit, value: found.join(",") };
  const near = nearMatches(edit.value, columns);
  return `no column is called "${edit.value}"; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `the dataset has ${columns.slice(0, 60).join(", ")}`}`;
};

/**
 * The spec with the edits applied, or the problems in words (unknown key, value out of range). `columns` are the dataset's
 * column names: an edit that names a column must name one of them, letter case ignored.
 */
export const applyEdits = (
  spec: PipelineSpec,
  edits: readonly SpecEdit[],
  columns: readonly string[],
): { readonly spec: PipelineSpec } | { readonly problem: string } => {
  let edited: unknown = spec;
  for (const edit of edits) {
    const named = withColumns(edit, columns);
    if (typeof named === "string") return { problem: named };
    edited = editAt(edited, named.key.split("."), named);
  }
  const parsed = PipelineSpec.safeParse(edited);
  return parsed.success ? { spec: parsed.data } : { problem: z.prettifyError(parsed.error) };
};

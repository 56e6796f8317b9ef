import { z } from "zod";
import { CHOICE_NAMES, OPTION_NAMES } from "./options.ts";
import { PipelineSpec } from "./spec.ts";

/** One change of the spec that a review comment asks for. `key` is a dotted path in spec.yaml. */
export interface SpecEdit {
  readonly op: "set" | "add" | "remove";
  readonly key: string;
  readonly value: string;
}

/** The sentences that a comment may hold when no language model reads it; shown where one was not understood. */
export const COMMENT_GRAMMAR: readonly string[] = [
  "exclude <column>",
  "include <column>",
  "metric <name>",
  "target <column>",
  "positive <label>  (or !<label>: everything else is positive)",
  "event time <column>",
  "entity <column>",
  "folds <number>",
  "holdout <share 0.05..0.5>",
  "<option> <value>  (for example: cloud_provider azure)",
  "set <spec key> = <value>",
];

const unquote = (text: string): string => text.trim().replace(/^["'`“‘](.*)["'`”’]$/s, "$1");

const SETTERS: readonly (readonly [RegExp, string])[] = [
  [/^(?:use |set )?(?:the )?(?:primary )?metric(?: to| is|:)? (.+)$/i, "metric.primary"],
  [/^(?:use |set )?(?:the )?target(?: to| is|:)? (.+)$/i, "target.column"],
  [/^(?:the )?positive(?: class| label)?(?: to| is|:)? (.+)$/i, "target.positive"],
  [/^(?:the )?event[ _]time(?: to| is|:)? (.+)$/i, "columns.event_time"],
  [/^(?:use |set )?folds?(?: to|:)? (\d+)$/i, "training.folds"],
  [/^(?:use |set )?hold-?out(?: to|:)? ([\d.]+)$/i, "training.holdout"],
];

const LISTS: readonly (readonly [RegExp, readonly SpecEdit["op"][], readonly string[]])[] = [
  [
    /^(?:please )?(?:exclude|drop|remove)(?: the)?(?: column| feature)? (.+)$/i,
    ["add", "remove"],
    ["columns.exclude", "columns.include"],
  ],
  [
    /^(?:please )?(?:include|keep)(?: the)?(?: column| feature)? (.+)$/i,
    ["add", "remove"],
    ["columns.include", "columns.exclude"],
  ],
  [/^(?:the )?entity(?: is|:)? (.+)$/i, ["add"], ["columns.entity"]],
];

const named = (sentence: string): readonly SpecEdit[] | null => {
  const match = /^(?:use |set )?([a-z_]+)(?: to| is|:|=)?\s+(\S+)$/i.exec(sentence);
  const name = match?.[1]?.toLowerCase() ?? "";
  const value = match?.[2]?.toLowerCase() ?? "";
  if (OPTION_NAMES.some((option) => option === name))
    return [{ op: "set", key: `options.${name}`, value }];
  if (CHOICE_NAMES.some((choice) => choice === name))
    return [{ op: "set", key: `choices.${name}`, value }];
  return null;
};

const understandSentence = (sentence: string): readonly SpecEdit[] | null => {
  const free = /^set ([a-z_]+(?:\.[a-z_]+)+)\s*(?:=|to)\s*(.+)$/i.exec(sentence);
  if (free?.[1] && free[2])
    return [{ op: "set", key: free[1].toLowerCase(), value: unquote(free[2]) }];
  for (const [pattern, ops, keys] of LISTS) {
    const value = pattern.exec(sentence)?.[1];
    if (value)
      return ops.map((op, at): SpecEdit => ({ op, key: keys[at] ?? "", value: unquote(value) }));
  }
  for (const [pattern, key] of SETTERS) {
    const value = pattern.exec(sentence)?.[1];
    if (value) return [{ op: "set", key, value: unquote(value) }];
  }
  return named(sentence);
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
    if (edit.op === "set") return edit.value.split(",").map((item) => item.trim());
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
    const aboutColumn = edit.key.startsWith("columns.") || edit.key === "target.column";
    const column = columns.find((name) => name.toLowerCase() === edit.value.toLowerCase());
    if (aboutColumn && column === undefined && edit.value !== "none") {
      return {
        problem: `no column is called "${edit.value}"; the dataset has ${columns.join(", ")}`,
      };
    }
    edited = editAt(
      edited,
      edit.key.split("."),
      aboutColumn && column ? { ...edit, value: column } : edit,
    );
  }
  const parsed = PipelineSpec.safeParse(edited);
  return parsed.success ? { spec: parsed.data } : { problem: z.prettifyError(parsed.error) };
};

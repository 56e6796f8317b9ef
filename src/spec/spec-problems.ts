import type { z } from "zod";
import { nearMatches } from "./intake-near.ts";
import { PipelineSpec } from "./spec.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
/** What a zod schema may hold, as far as the keys of a spec are asked for. */
interface Holder {
  readonly shape?: Readonly<Record<string, Holder>>;
  readonly element?: Holder;
  readonly def?: { readonly innerType?: Holder };
}

const bare = (schema: Holder | undefined): Holder | undefined =>
  schema?.def?.innerType === undefined ? schema : bare(schema.def.innerType);

/** The keys that a spec may have at a path, in their order; none where it holds no keys. */
const knownKeys = (path: Path): readonly string[] => {
  let at: Holder | undefined = PipelineSpec as Holder;
  for (const part of path) {
    const here: Holder | undefined = bare(at);
    at = typeof part === "number" ? here?.element : here?.shape?.[String(part)];
  }
  return Object.keys(bare(at)?.shape ?? {});
};

const named = (path: Path): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === "number"
        ? `${text}[${part}]`
        : text === ""
          ? String(part)
          : `${text}.${String(part)}`,
    "",
  );

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, part) =>
      typeof inner === "object" && inner !== null
        ? (inner as Readonly<Record<PropertyKey, unknown>>)[part]
        : undefined,
    value,
  );

// An address may carry what nobody should read again; everything else is told as it stood there.
const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.includes("://") ? "an address" : text.slice(0, 80);
};

const hint = (word: string, known: readonly string[]): string => {
  const [near] = nearMatches(word, known);
  return near === undefined ? "" : `; did you mean ${near}?`;
};

const problemsOf = (issue: Issue, value: unknown): readonly string[] => {
  const place = named(issue.path) || "the spec";
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path);
    return issue.keys.map(
      (key) =>
        `${named([...issue.path, key])}: unknown key${hint(key, known) || `; known here: ${known.join(", ")}`}`,
    );
  }
  const got = valueAt(value, issue.path);
  if (issue.code === "invalid_value")
    return [
      `${place}: expected one of ${issue.values.map(String).join(", ")}, got ${shown(got)}${hint(String(got), issue.values.map(String))}`,
    ];
  return [`${place}: ${issue.message}${issue.code === "custom" ? "" : `, got ${shown(got)}`}`];
};

/** What is wrong with a spec, one line per key with its path, the nearest known key or value where one is likely meant. Never throws. */
export const specProblems = (error: z.ZodError, value: unknown): readonly string[] =>
  error.issues.flatMap((issue) => problemsOf(issue, value));

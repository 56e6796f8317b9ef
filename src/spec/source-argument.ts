import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";

/** One source of a pipeline as `spec.yaml` names it. The first one holds the target; the others are joined to it as-of. */
export const SourceSpec = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, "lower-case letters, digits and underscores"),
  uri: z.string().min(1).max(2000),
  kind: z.enum(["auto", "file", "sql", "api"]).default("auto"),
  /** Columns that stand in both; none: joined by time alone. */
  key: z.array(z.string()).default([]),
  /** The moment from which on a row of it is known; null: always. */
  event_time: z.string().nullable().default(null),
  /** Name of the environment variable that holds its password or token. */
  credential: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, "the name of an environment variable")
    .nullable()
    .default(null),
  format: z.enum(["auto", "csv", "tsv", "json", "jsonl", "parquet"]).default("auto"),
  null_tokens: z.array(z.string().max(40)).max(20).default([""]),
});
export type SourceSpec = z.infer<typeof SourceSpec>;

const KEYS = ["key", "event_time", "credential", "format", "kind"] as const;
const START = new RegExp(`,(?=(?:${KEYS.join("|")})=)`);

/**
 * Reads `name=uri,key=a+b,event_time=when,credential=VARIABLE`, as the terminal's `--source` takes it; columns of a key are joined by "+".
 * UserInputError SOURCE_ARGUMENT.
 */
export const parseSourceArgument = (text: string): SourceSpec => {
  const [head = "", ...rest] = text.split(START);
  const at = head.indexOf("=");
  const pairs = rest.map(
    (part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)] as const,
  );
  const given = Object.fromEntries(pairs);
  const parsed = SourceSpec.safeParse({
    name: head.slice(0, Math.max(at, 0)),
    uri: head.slice(at + 1),
    ...given,
    ...(given.key === undefined ? {} : { key: given.key.split("+").map((name) => name.trim()) }),
    ...(given.event_time === "none" ? { event_time: null } : {}),
  });
  if (at > 0 && parsed.success) return parsed.data;
  throw new UserInputError("SOURCE_ARGUMENT", `--source ${text.slice(0, 200)} cannot be read`, {
    expected: "name=uri,key=column+column,event_time=column,credential=VARIABLE",
    got: parsed.success ? "no name" : z.prettifyError(parsed.error),
    next: "Give a name, an equals sign and an address; what follows it may be left out.",
  });
};

/** The argument that `parseSourceArgument` reads as this source. */
export const formatSourceArgument = (source: SourceSpec): string =>
  [
    `${source.name}=${source.uri}`,
    ...(source.key.length > 0 ? [`key=${source.key.join("+")}`] : []),
    ...(source.event_time === null ? [] : [`event_time=${source.event_time}`]),
    ...(source.credential === null ? [] : [`credential=${source.credential}`]),
    ...(source.format === "auto" ? [] : [`format=${source.format}`]),
    ...(source.kind === "auto" ? [] : [`kind=${source.kind}`]),
  ].join(",");

import { z } from "zod";
import type { Duck } from "./duck.ts";
import { quoteText } from "./sql.ts";

/** One node of a statement as DuckDB's own parser gives it. Keys differ by class. */
export type Node = { readonly [key: string]: unknown };

const Answer = z.looseObject({
  error: z.boolean(),
  error_message: z.string().optional(),
  statements: z.array(z.looseObject({ node: z.record(z.string(), z.unknown()) })).optional(),
});

/** A statement's tree, or why it has none. */
export type Parsed =
  | { readonly ok: true; readonly node: Node }
  | { readonly ok: false; readonly why: string };

// Places in the text are unsigned 64 bit numbers, which JSON here cannot hold, and nobody reads them.
const parseJson = (text: string): unknown =>
  JSON.parse(text, (key, value: unknown) => (key === "query_location" ? 0 : value));

/** Parses one SELECT with DuckDB's parser (json_serialize_sql), without running or binding anything. Never throws for what is in `sql`. */
export const parseSelect = async (duck: Duck, sql: string): Promise<Parsed> => {
  const [[text] = []] = await duck.rows(`SELECT json_serialize_sql(${quoteText(sql)})`);
  const answer = Answer.parse(parseJson(String(text)));
  if (answer.error) return { ok: false, why: answer.error_message ?? "no valid SQL" };
  const [first, ...others] = answer.statements ?? [];
  if (!first || others.length > 0)
    return { ok: false, why: `${1 + others.length} statements instead of one` };
  return { ok: true, node: first.node };
};

const EMPTY_SELECT = {
  type: "SELECT_NODE",
  modifiers: [],
  cte_map: { map: [] },
  from_table: { type: "EMPTY", alias: "", sample: null, query_location: 0 },
  where_clause: null,
  group_expressions: [],
  group_sets: [],
  aggregate_handling: "STANDARD_HANDLING",
  having: null,
  sample: null,
  qualify: null,
};

/** The SQL text of an expression's tree, written by DuckDB itself (json_deserialize_sql). */
export const expressionText = async (duck: Duck, expression: Node): Promise<string> => {
  const statement = {
    node: { ...EMPTY_SELECT, select_list: [{ ...expression, alias: "" }] },
    named_param_map: [],
  };
  const json = JSON.stringify({ error: false, statements: [statement] });
  const [[text] = []] = await duck.rows(`SELECT json_deserialize_sql(${quoteText(json)}::JSON)`);
  return String(text).replace(/^SELECT\s+/, "");
};

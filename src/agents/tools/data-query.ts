import { z } from "zod";
import { plainJson } from "../untrusted.ts";
import { ANSWER_CAP, linesWithin, shown, teach } from "./answer.ts";
import { type DataLevel, defineTool, type ToolContext } from "./tool.ts";

const ALLOWED: Readonly<Record<DataLevel, string>> = {
  schema: "nothing: claude.data is schema",
  aggregates:
    "one grouped SELECT over data: count, sum, avg, stddev, corr, median, quantile_cont … of columns; groups of ten rows or more",
  rows: "one SELECT over data",
};

const NEXT: Readonly<Record<DataLevel, string>> = {
  schema: 'facts_get "profile"',
  aggregates:
    'data_query {"sql": "SELECT some_field, count(*) AS n, avg(number_field) FROM data GROUP BY some_field ORDER BY n DESC"}',
  rows: 'data_query {"sql": "SELECT some_field, count(*) FROM data GROUP BY 1"}',
};

// A figure over many rows is no cell, though it may read like one.
const veiledCell = (
  cell: string | null,
  { level, veil }: Pick<ToolContext, "level" | "veil">,
): string | null => {
  if (cell === null || (level === "aggregates" && !/\p{L}/u.test(cell))) return cell;
  return veil.hide(cell).text;
};

/** SQL on the dataset within what `claude.data` allows. Cells are JSON strings. */
export const dataQuery = defineTool({
  name: "data_query",
  description:
    "Ask the dataset with SQL (DuckDB): one SELECT over the table data, whose columns are the fields of the facts. What may be asked depends on the house's setting: with aggregates one grouped SELECT, groups under ten rows are left out. Personal columns are not there. 10 s at most.",
  reads: true,
  strict: false,
  input: z.strictObject({
    sql: z.string().min(1).max(4_000),
    limit: z.int().min(1).max(200).default(50),
  }),
  run: async ({ limit, sql }, context) => {
    const answer = await context.data.query(sql, limit, context.signal);
    context.signal.throwIfAborted();
    if (answer.kind === "refused")
      return teach({
        expected: ALLOWED[context.level],
        got: context.veil.hide(answer.why).text,
        next: NEXT[context.level],
      });
    const rows = answer.rows.map((row) => row.map((cell) => cell?.slice(0, 500) ?? null));
    const hidden = rows.map((row) => row.map((cell) => veiledCell(cell, context)));
    const { json, left } = linesWithin(hidden, ANSWER_CAP);
    const told = hidden.length - left;
    const notes = [
      ...(left > 0 || answer.more ? ["There are more rows: ask for fewer columns, or group."] : []),
      ...(context.level === "aggregates"
        ? ["Groups under ten rows, or too near an earlier answer, are left out."]
        : []),
    ];
    const head = `"columns": ${plainJson([...answer.columns])}`;
    return shown(context, "dataset", `{${head}, "rows": [\n${json}\n]}`, {
      cells: told * answer.columns.length,
      note: notes.join(" "),
    });
  },
});

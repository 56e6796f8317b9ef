import { z } from "zod";
import { cellsIn, releaseFacts } from "../release.ts";
import { plainJson } from "../untrusted.ts";
import { ANSWER_CAP, linesWithin, shown, teach } from "./answer.ts";
import { defineTool } from "./tool.ts";

/** One section of the facts, as far as `claude.data` lets it out; long lists by place. */
export const factsGet = defineTool({
  name: "facts_get",
  description:
    'Read one section of the measured facts: "profile", "target", "features", "leakage", "split", "baseline", "assoc", "keys", "time" … A dotted name goes deeper ("profile.columns"). from: place in a long list, starting at 0.',
  reads: true,
  strict: false,
  input: z.strictObject({ name: z.string().min(1).max(120), from: z.int().min(0).default(0) }),
  run: async ({ from, name }, context) => {
    const { facts } = releaseFacts(context.facts, context.level, context.veil);
    let value: unknown = facts;
    for (const key of name.split(".")) {
      const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
      if (!keys.includes(key))
        return teach({
          expected: `one of: ${keys.slice(0, 40).join(" ") || "nothing deeper"}`,
          got: `"${name}", of which "${key}" is not there`,
          next: `facts_get "${Object.keys(facts)[3] ?? "profile"}"`,
        });
      value = (value as Record<string, unknown>)[key];
    }
    const json = value as Parameters<typeof plainJson>[0];
    const whole = plainJson(json);
    if (whole.length <= ANSWER_CAP && from === 0)
      return shown(context, "facts", whole, {
        cells: cellsIn({ [name.split(".").at(-1) ?? ""]: json }),
      });
    if (!Array.isArray(json))
      return teach({
        expected: `a smaller section of "${name}": ${Object.keys(json as object).join(" ")}`,
        got: `${whole.length} characters`,
        next: `facts_get "${name}.${Object.keys(json as object).at(-1)}"`,
      });
    const { json: lines, left } = linesWithin(json.slice(from), ANSWER_CAP);
    const next = json.length - left;
    const note = left > 0 ? `${left} more: from ${next}.` : "";
    return shown(context, "facts", `[${lines}]`, { cells: cellsIn(json.slice(from, next)), note });
  },
});

import { LEAST_ROWS } from "../data/aggregate-rules.ts";
import type { Dataset } from "../data/dataset.ts";
import { personalValues } from "../data/personal-values.ts";
import { openQuery } from "../data/query.ts";
import { rareValues } from "../data/rare-values.ts";
import { isProductError } from "../lib/errors.ts";
import type { Facts } from "../spec/facts.ts";
import type { DataLevel, DataPort } from "./tools/tool.ts";

/** Longest time that one question may take. */
const TIME_MS = 10_000;
/** Cells that one attempt may be told; more is pulling the data out, not asking about it. */
export const MOST_CELLS = 20_000;

const SCHEMA_ONLY =
  'claude.data is schema: only names, types and counts leave the house, and those are in the facts. Next: facts_get with name "profile".';

/** Fields of the personal columns, which no query sees. */
export const personalFields = (facts: Facts): readonly string[] => {
  const named = new Set(facts.groups.personal.map(({ column }) => column));
  return facts.profile.columns
    .filter(({ name, personal }) => personal !== null || named.has(name))
    .map(({ field }) => field);
};

/**
 * Questions about the snapshot within what `claude.data` allows: none with schema, one grouped select with aggregates, any SELECT with
 * rows. Personal columns are not there in either. The caller closes it, and the dataset after it.
 */
export const openDataPort = async (input: {
  readonly dataset: Dataset;
  readonly facts: Facts;
  readonly level: DataLevel;
}): Promise<DataPort & { readonly close: () => void }> => {
  const { dataset, facts, level } = input;
  if (level === "schema")
    return { query: async () => ({ kind: "refused", why: SCHEMA_ONLY }), close: () => undefined };
  const query = await openQuery(dataset, personalFields(facts));
  const run = level === "rows" ? query.run : query.runAggregates;
  let cells = 0;
  return {
    close: query.close,
    query: async (sql, limit, signal) => {
      signal.throwIfAborted();
      if (cells >= MOST_CELLS)
        return {
          kind: "refused",
          why: `${cells} cells were given, and no more are. Next: work with what is known.`,
        };
      try {
        const { columns, rows, truncated } = await run(sql, { rows: limit, timeMs: TIME_MS });
        cells += rows.reduce((sum, row) => sum + row.length, 0);
        return { kind: "rows", columns, rows, more: truncated };
      } catch (error) {
        if (!isProductError(error) || error.kind !== "input") throw error;
        return { kind: "refused", why: error.message };
      }
    },
  };
};

/** Values that no answer may hold: of personal columns, and those that `claude.data` keeps in. For comparison in memory alone. */
export const withheldValues = async (
  dataset: Dataset,
  facts: Facts,
  level: DataLevel,
): Promise<{ readonly personal: readonly string[]; readonly withheld: readonly string[] }> => {
  const hidden = personalFields(facts);
  const names = dataset.columns
    .filter(({ field }) => hidden.includes(field))
    .map(({ name }) => name);
  const personal = await personalValues(dataset, names, Number.MAX_SAFE_INTEGER);
  if (level === "rows") return { personal, withheld: [] };
  return {
    personal,
    withheld: await rareValues(dataset, hidden, level === "schema" ? null : LEAST_ROWS),
  };
};

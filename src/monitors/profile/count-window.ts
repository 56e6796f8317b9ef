import type { Duck } from "../../data/duck.ts";
import { quoteText, toCount } from "../../data/sql.ts";
import { asCategory } from "../source/column-sql.ts";
import { type RowScope, readDoubles, type Selected, withTypes } from "../source/read-columns.ts";
import type { Relation } from "../source/relation.ts";
import type { CategoricalCounts, CategoricalProfile } from "./categorical-profile.ts";
import { type Counts, rowsOf } from "./merge.ts";
import { createNumericCounter } from "./numeric-counter.ts";
import type { NumericProfile } from "./numeric-profile.ts";
import type { ReferenceProfile, WindowCounts } from "./profile.ts";

const OTHER = -1;

const loadKnown = async (duck: Duck, profile: CategoricalProfile): Promise<void> => {
  await duck.rows("CREATE OR REPLACE TEMP TABLE known (value VARCHAR, place INTEGER)");
  const rows = [
    ...profile.values.map((value, place) => `(${quoteText(value)}, ${place})`),
    ...(profile.rest ?? []).map((value) => `(${quoteText(value)}, ${OTHER})`),
  ];
  for (let at = 0; at < rows.length; at += 1_000)
    await duck.rows(`INSERT INTO known VALUES ${rows.slice(at, at + 1_000).join(", ")}`);
};

/** Counts one column of temporary table `window_rows` against the profile's categories. */
const countCategories = async (
  duck: Duck,
  column: string,
  profile: CategoricalProfile,
): Promise<CategoricalCounts> => {
  await loadKnown(duck, profile);
  await duck.rows(
    `CREATE OR REPLACE TEMP TABLE found AS SELECT g.value, g.n, k.place FROM (SELECT ${column} AS value, count(*) AS n FROM window_rows GROUP BY 1) g LEFT JOIN known k ON k.value = g.value`,
  );
  const sums = await duck.rows("SELECT value IS NULL, place, sum(n) FROM found GROUP BY 1, 2");
  const counts = new Array<number>(profile.values.length).fill(0);
  let [nulls, other, fresh, n] = [0, 0, 0, 0];
  for (const [missing, place, sum] of sums) {
    const count = toCount(sum);
    if (missing === true) {
      nulls += count;
      continue;
    }
    n += count;
    if (place === null || place === undefined) fresh += count;
    else if (place === OTHER) other += count;
    else counts[Number(place)] = count;
  }
  const top = await duck.rows(
    "SELECT value, n FROM found WHERE place IS NULL AND value IS NOT NULL ORDER BY n DESC, value LIMIT 5",
  );
  const freshTop = top.map(([value, count]) => ({ value: String(value), count: toCount(count) }));
  const base = { kind: "categorical", identity: profile.identity, n, nulls, counts } as const;
  // With more known values than are remembered, a value that is not among them may be an old one.
  return profile.rest === null
    ? { ...base, other: other + fresh, fresh: 0, freshTop: [] }
    : { ...base, other, fresh, freshTop };
};

const countNumbers = async (
  duck: Duck,
  selected: Selected,
  profiles: readonly NumericProfile[],
): Promise<readonly Counts[]> => {
  const counters = profiles.map(createNumericCounter);
  const notNumbers = await readDoubles(
    duck,
    selected,
    profiles.map(({ field }) => field),
    (place, batch) => counters[place]?.add(batch),
  );
  return counters.map((counter, place) => counter.counts(notNumbers[place]));
};

/**
 * One counting pass over the rows of `scope` against the reference's profile, in O(edges) memory per numeric column. Throws what DuckDB
 * throws while reading.
 */
export const countWindow = async (
  duck: Duck,
  relation: Relation,
  reference: ReferenceProfile,
  scope: RowScope,
): Promise<WindowCounts> => {
  const present = reference.columns.filter(({ field }) => relation.columns.has(field));
  const numeric = present.filter((profile) => profile.kind === "numeric");
  const categorical = present.filter((profile) => profile.kind === "categorical");
  const types = new Map(numeric.map(({ field }) => [field, "DOUBLE"] as const));
  return withTypes(relation, scope, types, async (selected) => {
    const numbers = await countNumbers(duck, selected, numeric);
    const counts = new Map<string, Counts>(
      numeric.flatMap(({ field }, place) => {
        const found = numbers[place];
        return found ? [[field, found] as const] : [];
      }),
    );
    const list = categorical.map(
      ({ field }, place) => `${asCategory(field, selected.typeOf(field))} AS c${place}`,
    );
    if (list.length > 0) {
      await duck.rows(
        `CREATE OR REPLACE TEMP TABLE window_rows AS SELECT ${list.join(", ")} FROM ${selected.from}`,
      );
      for (const [place, profile] of categorical.entries())
        counts.set(profile.field, await countCategories(duck, `c${place}`, profile));
      await duck.rows("DROP TABLE window_rows");
    }
    const [any] = counts.values();
    if (any) return { rows: rowsOf(any), counts };
    const [[rows] = []] = await duck.rows(`SELECT count(*) FROM ${selected.from}`);
    return { rows: toCount(rows), counts };
  });
};

import type { Duck } from "../../data/duck.ts";
import { quoteId, quoteText } from "../../data/sql.ts";
import type { Relation } from "./relation.ts";

/** Where a prediction log keeps a row's inputs together: JSON text, a struct or a map. */
const FEATURES = "features";
/** What kinds of values a key holds is looked up in so many rows of the oldest and of the newest file. */
const LOOK_ROWS = 5_000;

const NUMBER = /^(U?BIGINT|HUGEINT|DOUBLE)$/;

interface Unpacked {
  readonly name: string;
  readonly type: string;
  readonly sql: string;
}

const asJson = (type: string): string =>
  type.startsWith("MAP(")
    ? `to_json(${quoteId(FEATURES)})`
    : // Text that is no JSON is a row without features, not the end of the check.
      `TRY_CAST(${quoteId(FEATURES)} AS JSON)`;

const jsonText = (json: string, key: string): string =>
  `json_extract_string(${json}, ${quoteText(`$."${key}"`)})`;

/** One column from JSON. Whole numbers may have decimals in a later row, so every number is a double. */
const fromJson = (json: string, key: string, kind: unknown): Unpacked => {
  const text = jsonText(json, key);
  const type =
    typeof kind !== "string"
      ? "VARCHAR"
      : NUMBER.test(kind)
        ? "DOUBLE"
        : kind === "BOOLEAN"
          ? "BOOLEAN"
          : "VARCHAR";
  return {
    name: key,
    type,
    sql: type === "VARCHAR" ? text : `TRY_CAST(${text} AS ${type})`,
  };
};

const merged = (kinds: readonly unknown[]): unknown => {
  const known = [...new Set(kinds.filter((kind) => kind !== "NULL"))];
  if (known.every((kind) => typeof kind === "string" && NUMBER.test(kind)))
    return known.length === 0 ? "VARCHAR" : "DOUBLE";
  return known.length === 1 ? known[0] : "VARCHAR";
};

/** The keys of the JSON in the oldest and newest rows with the kind of their values; null when it is no object. */
const structureOf = async (
  duck: Duck,
  relation: Relation,
  json: string,
): Promise<ReadonlyMap<string, unknown> | null> => {
  const [first, last] = [relation.files[0], relation.files.at(-1)];
  const ends = first === last ? [first] : [first, last];
  const kinds = new Map<string, unknown[]>();
  for (const file of ends) {
    if (file === undefined) continue;
    const from = relation.from({ files: [file] });
    const [[cell] = []] = await duck.rows(
      `SELECT CAST(json_group_structure(j) AS VARCHAR) FROM (SELECT ${json} AS j FROM ${from} WHERE ${quoteId(FEATURES)} IS NOT NULL LIMIT ${LOOK_ROWS})`,
    );
    const structure: unknown = typeof cell === "string" ? JSON.parse(cell) : null;
    if (typeof structure !== "object" || structure === null || Array.isArray(structure)) continue;
    for (const [key, kind] of Object.entries(structure))
      kinds.set(key, [...(kinds.get(key) ?? []), kind]);
  }
  if (kinds.size === 0) return null;
  return new Map([...kinds].map(([key, found]) => [key, merged(found)] as const));
};

const unpackedOf = async (
  duck: Duck,
  relation: Relation,
  type: string,
): Promise<readonly Unpacked[]> => {
  if (type.startsWith("STRUCT(")) {
    const rows = await duck.rows(`DESCRIBE SELECT ${quoteId(FEATURES)}.* FROM ${relation.from()}`);
    return rows.map(([name, of]) => ({
      name: String(name),
      type: String(of),
      sql: `struct_extract(${quoteId(FEATURES)}, ${quoteText(String(name))})`,
    }));
  }
  if (!/^(VARCHAR|JSON|MAP\()/.test(type)) return [];
  const json = asJson(type);
  const structure = await structureOf(duck, relation, json);
  return (
    [...(structure ?? [])]
      // A path cannot quote a quote; such a name is no field of ours.
      .filter(([key]) => !key.includes('"') && !key.includes("\\"))
      .map(([key, kind]) => fromJson(json, key, kind))
  );
};

/**
 * A prediction log whose inputs lie in one column `features` with these as columns of their own; any other relation as it is. Columns that
 * the log itself has win over a feature of the same name. Throws what DuckDB throws while reading.
 */
export const unpackFeatures = async (duck: Duck, relation: Relation): Promise<Relation> => {
  const type = relation.columns.get(FEATURES);
  if (type === undefined) return relation;
  const found = await unpackedOf(duck, relation, type);
  const own = new Set([...relation.columns.keys()].filter((name) => name !== FEATURES));
  const added = found.filter(({ name }) => !own.has(name));
  if (added.length === 0) return relation;
  const list = added.map(({ name, sql }) => `${sql} AS ${quoteId(name)}`).join(", ");
  return {
    ...relation,
    columns: new Map([
      ...[...relation.columns].filter(([name]) => own.has(name)),
      ...added.map(({ name, type: of }) => [name, of] as const),
    ]),
    from: (options = {}) => {
      const types = options.types
        ? { types: new Map([...options.types].filter(([name]) => own.has(name))) }
        : {};
      return `(SELECT * EXCLUDE (${quoteId(FEATURES)}), ${list} FROM ${relation.from({ ...options, ...types })})`;
    },
  };
};

import {
  type AggregateQuery,
  LEAST_ROWS,
  type Measured,
  Refused,
  readAggregates,
} from "./aggregate-rules.ts";
import type { Duck } from "./duck.ts";
import { expressionText, type Node, parseSelect } from "./select-tree.ts";
import { quoteId, toCount } from "./sql.ts";

/** Groups that one answer may have before small ones are dropped. */
const MOST_GROUPS = 5_000;
/** Questions with different rows or groups that one place answers: each is compared with all before it. */
const MOST_QUESTIONS = 100;

/** A query as SQL text that keeps the rules, and how it divides the rows: NULL for a row that is in no group. */
interface Prepared {
  readonly sql: (kept: readonly string[]) => string;
  readonly label: string;
}

const measuredText = async (duck: Duck, { leastValues, of }: Measured): Promise<string> => {
  const text = await expressionText(duck, of);
  return `(count(${text}) = 0 OR count(${text}) >= ${leastValues})`;
};

const prepare = async (duck: Duck, query: AggregateQuery): Promise<Prepared> => {
  const text = (node: Node) => expressionText(duck, node);
  const all = (list: readonly Node[]) => Promise.all(list.map(text));
  const items = await all(query.items.map(({ expression }) => expression));
  const groups = await all(query.groups);
  const where = query.where === null ? null : await text(query.where);
  const order = await all(query.order.map(({ expression }) => expression));
  const having = [
    ...(query.having === null ? [] : [await text(query.having)]),
    `count(*) >= ${LEAST_ROWS}`,
    ...(await Promise.all(query.measured.map((one) => measuredText(duck, one)))),
  ];
  const group = groups.length === 0 ? "0" : `hash(${groups.join(", ")})`;
  const select = items.map((item, at) => {
    const alias = query.items[at]?.alias ?? "";
    return alias === "" ? item : `${item} AS ${quoteId(alias)}`;
  });
  return {
    label: where === null ? group : `CASE WHEN ${where} THEN ${group} END`,
    sql: (kept) =>
      [
        `SELECT ${select.join(", ")} FROM data`,
        ...(where === null ? [] : [`WHERE ${where}`]),
        ...(groups.length === 0 ? [] : [`GROUP BY ${groups.join(", ")}`]),
        `HAVING ${[...having, ...(groups.length === 0 ? [] : [`${group} IN (${kept.join(", ")})`])].join(" AND ")}`,
        ...(order.length === 0
          ? []
          : [
              `ORDER BY ${order.map((one, at) => `${one} ${query.order[at]?.descending ? "DESC" : "ASC"}`).join(", ")}`,
            ]),
        ...(query.limit === null ? [] : [`LIMIT ${query.limit}`]),
      ].join(" "),
  };
};

/**
 * Groups of the new question that differ from a group of an earlier one, or from all the rest of the table, by fewer rows than an
 * answer must stand for.
 */
const tooNear = async (
  duck: Duck,
  label: string,
  earlier: string,
  total: number,
): Promise<readonly string[]> => {
  const rows = await duck.rows(
    `WITH pairs AS (SELECT a, b, count(*) AS n FROM (SELECT ${label} AS a, ${earlier} AS b FROM data) GROUP BY a, b),
      new AS (SELECT a, sum(n) AS n FROM pairs WHERE a IS NOT NULL GROUP BY a),
      old AS (SELECT b, sum(n) AS n FROM pairs WHERE b IS NOT NULL GROUP BY b),
      apart AS (SELECT pairs.a, new.n + old.n - 2 * pairs.n AS n FROM pairs JOIN new ON new.a = pairs.a JOIN old ON old.b = pairs.b
        WHERE new.n >= ${LEAST_ROWS} AND old.n >= ${LEAST_ROWS})
    SELECT DISTINCT CAST(a AS VARCHAR) FROM apart
    WHERE n BETWEEN 1 AND ${LEAST_ROWS - 1} OR ${total} - n BETWEEN 1 AND ${LEAST_ROWS - 1}`,
  );
  return rows.map(([group]) => String(group));
};

/**
 * The groups that may be shown: of ten rows or more, and such that neither what is left out in sum nor the difference to an earlier
 * answer comes to fewer (a smaller remainder could be had by subtraction).
 */
const keptGroups = async (
  duck: Duck,
  label: string,
  earlier: readonly string[],
): Promise<readonly string[]> => {
  const rows = await duck.rows(
    `SELECT CAST(l AS VARCHAR), count(*) AS n FROM (SELECT ${label} AS l FROM data) WHERE l IS NOT NULL GROUP BY l HAVING n >= ${LEAST_ROWS} ORDER BY n DESC, l LIMIT ${MOST_GROUPS + 1}`,
  );
  const [[count] = []] = await duck.rows("SELECT count(*) FROM data");
  const total = toCount(count);
  const near = new Set<string>();
  for (const one of earlier)
    for (const group of await tooNear(duck, label, one, total)) near.add(group);
  const kept = rows
    .map(([group, n]) => ({ group: String(group), rows: toCount(n) }))
    .slice(0, MOST_GROUPS)
    .filter(({ group }) => !near.has(group));
  let left = total - kept.reduce((sum, one) => sum + one.rows, 0);
  while (left > 0 && left < LEAST_ROWS && kept.length > 0) left += kept.pop()?.rows ?? 0;
  return kept.map(({ group }) => group);
};

/** Turns a question into SQL that may be run as it is, or null where no group of it may be shown; throws `Refused`. */
export type GuardAggregates = (sql: string) => Promise<string | null>;

/** `fields` are the columns of table `data`. What was answered is remembered here, so that answers cannot be subtracted. */
export const createAggregateGuard = (duck: Duck, fields: readonly string[]): GuardAggregates => {
  const answered = new Set<string>(["0"]); // the whole table, whose figures the facts give
  const asked = new Set<string>();
  return async (sql) => {
    const parsed = await parseSelect(duck, sql);
    if (!parsed.ok) throw new Refused(parsed.why);
    const prepared = await prepare(duck, readAggregates(parsed.node, fields));
    if (asked.size >= MOST_QUESTIONS && !asked.has(prepared.label))
      throw new Refused(
        `${MOST_QUESTIONS} different questions were asked, and no more are answered`,
      );
    asked.add(prepared.label);
    const others = [...answered].filter((one) => one !== prepared.label);
    const kept = await keptGroups(duck, prepared.label, others);
    if (kept.length === 0) return null;
    answered.add(prepared.label);
    return prepared.sql(kept);
  };
};

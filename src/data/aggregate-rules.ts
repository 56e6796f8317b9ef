import type { Node } from "./select-tree.ts";

/** Smallest number of rows that an answer may stand for (claude.data: aggregates). */
export const LEAST_ROWS = 10;

/** One aggregate in a query: what it is computed from, and how many values there must be before it may be shown. */
export interface Measured {
  readonly of: Node;
  readonly leastValues: number;
}

/** What a query asks, once every rule has let it pass. Expressions are trees of columns, constants and allowed functions. */
export interface AggregateQuery {
  readonly items: readonly { readonly expression: Node; readonly alias: string }[];
  readonly where: Node | null;
  readonly groups: readonly Node[];
  readonly having: Node | null;
  readonly order: readonly { readonly expression: Node; readonly descending: boolean }[];
  readonly limit: number | null;
  readonly measured: readonly Measured[];
}

/** Why a query is not one that may be answered with aggregates: in words that say what to ask instead. */
export class Refused extends Error {}

const refuse = (words: string): never => {
  throw new Refused(words);
};

const AGGREGATES = new Set(
  "count count_star sum avg mean stddev stddev_samp stddev_pop variance var_samp var_pop skewness kurtosis corr covar_samp covar_pop approx_count_distinct entropy median quantile_cont".split(
    " ",
  ),
);
const QUANTILES = new Set(["median", "quantile_cont"]);

/** Functions of single values. None of them reaches a file, a setting, the clock or chance. */
const SCALARS = new Set(
  "+ - * / % // ~~ !~~ ~~* !~~* abs ceil ceiling floor round trunc ln log log2 log10 sqrt sign greatest least coalesce ifnull nullif lower upper trim ltrim rtrim length strlen left right substring substr contains prefix suffix starts_with ends_with replace concat || year month day hour minute quarter week weekday dayofweek dayofmonth dayofyear date_trunc date_part datepart date_diff datediff strftime to_days to_hours to_minutes to_seconds to_months to_years to_weeks monthname dayname isfinite isnan is_finite is_nan".split(
    " ",
  ),
);

/** What may stand round the one column of an aggregate: nothing that could pick out rows by their value. */
const WITHIN = new Set(
  "abs ceil ceiling floor round trunc ln log10 log2 sqrt lower upper trim length strlen year month day hour minute quarter week dayofweek dayofyear date_trunc date_part date_diff datediff -".split(
    " ",
  ),
);

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;
const nodes = (value: unknown): readonly Node[] =>
  Array.isArray(value) ? value.filter(isNode) : [];
const nameOf = (node: Node): string => String(node.function_name).toLowerCase();
const isColumn = (node: Node): boolean => node.class === "COLUMN_REF";

/** What is asked of DuckDB besides its own: no such thing may stand in a function. */
const checkPlainCall = (node: Node): void => {
  if (node.filter !== null) refuse("FILTER could single out rows: group by that condition instead");
  if (nodes((node.order_bys as Node | undefined)?.orders).length > 0)
    refuse("an aggregate with ORDER BY could show single cells");
  if (node.catalog !== "" || !["", "main"].includes(String(node.schema)))
    refuse("functions of another schema are not there");
};

const childrenOf = (node: Node): readonly Node[] => {
  switch (node.class) {
    case "COLUMN_REF":
    case "CONSTANT":
      return [];
    case "FUNCTION":
    case "OPERATOR":
    case "CONJUNCTION":
      return nodes(node.children);
    case "COMPARISON":
      return nodes([node.left, node.right]);
    case "BETWEEN":
      return nodes([node.input, node.lower, node.upper]);
    case "CAST":
      return nodes([node.child]);
    case "CASE":
      return [
        ...nodes(node.case_checks).flatMap((check) => nodes([check.when_expr, check.then_expr])),
        ...nodes([node.else_expr]),
      ];
    default:
      return refuse(`${String(node.class).toLowerCase()} expressions are not allowed`);
  }
};

const checkConstant = (node: Node): void => {
  const value = (node.value as Node | undefined)?.value;
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value))
    refuse("a number beyond 2^53 must be written as text and cast");
};

interface Columns {
  readonly table: string;
  readonly names: ReadonlySet<string>;
}

const checkPath = (node: Node, { table }: Columns): void => {
  const path = Array.isArray(node.column_names) ? node.column_names.map(String) : [];
  if (path.length > 2 || (path.length === 2 && path[0]?.toLowerCase() !== table))
    refuse(`${path.join(".")}: write the column's field alone`);
};

const checkColumn = (node: Node, { names }: Columns): void => {
  const name = String((node.column_names as unknown[]).at(-1)).toLowerCase();
  if (!names.has(name))
    refuse(`there is no column ${name} here: facts_get "profile" lists the fields`);
};

/** An expression of one row: columns, constants and functions of single values. */
const checkScalar = (node: Node, columns: Columns): void => {
  if (isColumn(node)) checkColumn(node, columns);
  if (node.class === "CONSTANT") checkConstant(node);
  if (
    node.class === "OPERATOR" &&
    /^(GROUPING|ARRAY|STRUCT|OPERATOR_UNPACK)/.test(String(node.type))
  )
    refuse(`${String(node.type).toLowerCase()} is not allowed`);
  if (node.class === "FUNCTION") {
    checkPlainCall(node);
    if (AGGREGATES.has(nameOf(node)))
      refuse(
        `${nameOf(node)} stands where single rows are looked at: move it to the select list or HAVING`,
      );
    if (!SCALARS.has(nameOf(node)))
      refuse(`the function ${nameOf(node)} is not on the list: ${[...SCALARS].join(" ")}`);
  }
  for (const child of childrenOf(node)) checkScalar(child, columns);
};

/** What an aggregate is computed from: one column, or a measure of columns that cannot pick rows out. */
const checkMeasured = (node: Node, columns: Columns): void => {
  if (isColumn(node) || node.class === "CAST") {
    if (isColumn(node)) checkColumn(node, columns);
    for (const child of nodes([node.child])) checkMeasured(child, columns);
    return;
  }
  if (node.class !== "FUNCTION" || !WITHIN.has(nameOf(node)))
    refuse(
      "an aggregate takes a column, a cast of it or one of its measures (length, year, date_diff …); to count what fulfils a condition, group by it",
    );
  checkPlainCall(node);
  const inner = childrenOf(node).filter((child) => child.class !== "CONSTANT");
  if (inner.length === 0 || (nameOf(node) === "-" && inner.length !== 2))
    refuse("an aggregate of constants, or of a column and a constant, is not allowed");
  for (const child of inner) checkMeasured(child, columns);
};

const quantileOf = (node: Node): number => {
  const [, given] = nodes(node.children);
  if (given === undefined) return 0.5;
  const constant = given.value as Node | undefined;
  const scale = Number(
    ((constant?.type as Node | undefined)?.type_info as Node | null)?.scale ?? 0,
  );
  const share = given.class === "CONSTANT" ? Number(constant?.value) / 10 ** scale : Number.NaN;
  if (!(share > 0 && share < 1))
    refuse("a quantile is one constant between 0 and 1, neither of them: those are extremes");
  return share;
};

/** An expression over groups. Gives what it measures. */
const checkGrouped = (
  node: Node,
  columns: Columns,
  isGroup: (node: Node) => boolean,
): readonly Measured[] => {
  if (isGroup(node)) return [];
  if (isColumn(node))
    refuse(
      `${String((node.column_names as unknown[]).at(-1))} is neither grouped by nor aggregated`,
    );
  if (node.class === "CONSTANT") {
    checkConstant(node);
    return [];
  }
  if (node.class === "FUNCTION" && AGGREGATES.has(nameOf(node))) return measuredBy(node, columns);
  if (node.class === "FUNCTION") {
    checkPlainCall(node);
    if (!SCALARS.has(nameOf(node)))
      refuse(
        `the function ${nameOf(node)} is not on the list. Aggregates: ${[...AGGREGATES].join(" ")}`,
      );
  }
  return childrenOf(node).flatMap((child) => checkGrouped(child, columns, isGroup));
};

const measuredBy = (node: Node, columns: Columns): readonly Measured[] => {
  checkPlainCall(node);
  const name = nameOf(node);
  const quantile = QUANTILES.has(name) ? quantileOf(node) : null;
  const of = QUANTILES.has(name) ? nodes(node.children).slice(0, 1) : nodes(node.children);
  for (const child of of) checkMeasured(child, columns);
  const tail = quantile === null ? 1 : Math.min(quantile, 1 - quantile);
  // As many values must lie beyond a quantile as an answer must stand for: else it is an extreme by another name.
  return of.map((child) => ({ of: child, leastValues: Math.ceil(LEAST_ROWS / tail - 1e-9) }));
};

/**
 * The tree with columns written by their field alone, the names of select items (other than columns) put in for what they name, and
 * casts that give NULL where they fail: an error would say that some row holds such a value.
 */
const settle = (node: unknown, items: AggregateQuery["items"], columns: Columns): unknown => {
  if (Array.isArray(node)) return node.map((one) => settle(one, items, columns));
  if (!isNode(node)) return node;
  if (!isColumn(node))
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [
        key,
        key === "try_cast" ? true : settle(value, items, columns),
      ]),
    );
  checkPath(node, columns);
  const name = String((node.column_names as unknown[]).at(-1)).toLowerCase();
  const item = columns.names.has(name)
    ? undefined
    : items.find(({ alias }) => alias.toLowerCase() === name);
  return item?.expression ?? { ...node, column_names: [name] };
};

const same = (a: Node, b: Node): boolean =>
  JSON.stringify({ ...a, alias: "" }) === JSON.stringify({ ...b, alias: "" });

/** A group or order that is given by place (`GROUP BY 1`). */
const byPlace = (node: Node, items: AggregateQuery["items"]): Node => {
  const place = node.class === "CONSTANT" ? Number((node.value as Node).value) : Number.NaN;
  if (!Number.isInteger(place)) return node;
  return items[place - 1]?.expression ?? refuse(`there is no item ${place}`);
};

const NOT_ALLOWED: readonly (readonly [string, (node: Node) => boolean, string])[] = [
  ["a set operation", (node) => node.type !== "SELECT_NODE", "ask with one grouped SELECT"],
  [
    "WITH",
    (node) => nodes((node.cte_map as Node | undefined)?.map).length > 0,
    "write one SELECT over data",
  ],
  ["a sample", (node) => node.sample !== null, "leave it out"],
  ["QUALIFY", (node) => node.qualify !== null, "use HAVING"],
  [
    "several grouping sets",
    (node) => Array.isArray(node.group_sets) && node.group_sets.length > 1,
    "name the columns after GROUP BY",
  ],
];

const tableOf = (from: Node): string => {
  const plain =
    from.type === "BASE_TABLE" &&
    from.table_name === "data" &&
    from.schema_name === "" &&
    from.catalog_name === "" &&
    from.sample === null &&
    (from.at_clause ?? null) === null &&
    nodes(from.column_name_alias).length === 0;
  if (!plain)
    refuse("FROM names the table data and nothing else: no join, subquery, file or function");
  return String(from.alias || "data").toLowerCase();
};

const limitOf = (modifiers: readonly Node[]): number | null => {
  const found = modifiers.find(({ type }) => type === "LIMIT_MODIFIER");
  if (found === undefined) return null;
  const limit = Number(((found.limit as Node | null)?.value as Node | undefined)?.value);
  if (!Number.isInteger(limit) || found.offset !== null)
    refuse("LIMIT is one whole number, and there is no OFFSET");
  return limit;
};

const ordersOf = (
  modifiers: readonly Node[],
): readonly { expression: Node; descending: boolean }[] =>
  nodes(modifiers.find(({ type }) => type === "ORDER_MODIFIER")?.orders).map((order) => ({
    expression: order.expression as Node,
    descending: order.type === "DESCENDING",
  }));

const groupsOf = (node: Node, items: AggregateQuery["items"], expand: (one: Node) => Node) =>
  node.aggregate_handling === "FORCE_AGGREGATES"
    ? items.map(({ expression }) => expression).filter((item) => !holdsAggregate(item))
    : nodes(node.group_expressions).map((group) => expand(byPlace(group, items)));

const itemsOf = (node: Node, columns: Columns): AggregateQuery["items"] => {
  const items = nodes(node.select_list).map((item) => ({
    expression: { ...(settle(item, [], columns) as Node), alias: "" },
    alias: String(item.alias ?? ""),
  }));
  const clash = items.find(
    ({ alias, expression }) => columns.names.has(alias.toLowerCase()) && !isColumn(expression),
  );
  if (clash) refuse(`${clash.alias} is the name of a column: give the item another one`);
  return items;
};

/**
 * Reads a parsed SELECT as a query for aggregates, or throws `Refused`. `fields` are the columns that may be seen. What is let pass is
 * one grouped select over `data`: no join, subquery, window, FILTER, extreme or list, and no aggregate that could pick out rows.
 */
export const readAggregates = (node: Node, fields: readonly string[]): AggregateQuery => {
  for (const [what, found, instead] of NOT_ALLOWED)
    if (found(node)) refuse(`${what} is not allowed here: ${instead}`);
  const modifiers = nodes(node.modifiers);
  if (modifiers.some(({ type }) => !["ORDER_MODIFIER", "LIMIT_MODIFIER"].includes(String(type))))
    refuse("DISTINCT is not allowed here: use GROUP BY and count(*)");
  const columns: Columns = {
    table: tableOf(node.from_table as Node),
    names: new Set(fields.map((field) => field.toLowerCase())),
  };
  const items = itemsOf(node, columns);
  const expand = (one: Node): Node => settle(one, items, columns) as Node;
  const groups = groupsOf(node, items, expand);
  const where = isNode(node.where_clause) ? expand(node.where_clause) : null;
  for (const one of [...groups, ...(where === null ? [] : [where])]) checkScalar(one, columns);
  const having = isNode(node.having) ? expand(node.having) : null;
  const order = ordersOf(modifiers).map(({ descending, expression }) => ({
    descending,
    expression: expand(byPlace(expression, items)),
  }));
  const grouped = [...items, ...order].map(({ expression }) => expression);
  const isGroup = (one: Node) => groups.some((group) => same(group, one));
  const measured = [...grouped, ...(having === null ? [] : [having])].flatMap((one) =>
    checkGrouped(one, columns, isGroup),
  );
  if (groups.length === 0 && !items.some(({ expression }) => holdsAggregate(expression)))
    refuse(
      "nothing is aggregated: use count, avg, sum, stddev or quantile_cont, with GROUP BY where needed",
    );
  return { items, where, groups, having, order, limit: limitOf(modifiers), measured };
};

const holdsAggregate = (node: Node): boolean =>
  (node.class === "FUNCTION" && AGGREGATES.has(nameOf(node))) ||
  childrenOf(node).some(holdsAggregate);

import { blocks } from "./define.ts";
import { defineParser } from "./define-parser.ts";
import { bracketFault } from "./promql.ts";
import type { Finding } from "./types.ts";

const ID = "dashboards";
/** Panels that show text or group others, and so ask nothing. */
const WITHOUT_QUERY = new Set(["row", "text", "news", "dashlist"]);

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const objects = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

const allPanels = (dashboard: Json): readonly Json[] =>
  objects(dashboard.panels).flatMap((panel) => [panel, ...objects(panel.panels)]);

const panelProblem = (panel: Json): string | null => {
  const title = String(panel.title ?? "");
  if (typeof panel.type !== "string") return `panel "${title}" has no type`;
  if (WITHOUT_QUERY.has(panel.type)) return null;
  if (title === "") return "a panel has no title";
  const targets = objects(panel.targets);
  if (targets.length === 0) return `panel "${title}" asks nothing`;
  for (const target of targets) {
    const query = target.expr ?? target.query;
    if (typeof query !== "string" || query.trim() === "")
      return `panel "${title}" has an empty query`;
    const fault = bracketFault(query);
    if (fault !== null) return `panel "${title}": ${fault}`;
  }
  return null;
};

const problems = (dashboard: Json): readonly string[] => {
  const panels = allPanels(dashboard);
  const ids = panels.map((panel) => panel.id).filter((id) => id !== undefined);
  return [
    ...(typeof dashboard.title === "string" && dashboard.title !== ""
      ? []
      : ["the dashboard has no title"]),
    ...(panels.length > 0 ? [] : ["the dashboard has no panels"]),
    ...(new Set(ids).size === ids.length ? [] : ["two panels have the same id"]),
    ...panels.flatMap((panel) => panelProblem(panel) ?? []),
  ];
};

const examine = (path: string, text: string): readonly Finding[] => {
  try {
    const value: unknown = JSON.parse(text);
    const root = isObject(value) && isObject(value.dashboard) ? value.dashboard : value;
    if (!isObject(root)) return [blocks(ID, path, 1, "is not a dashboard object")];
    return problems(root).map((message) => blocks(ID, path, null, message));
  } catch {
    return []; // parse-json says so already.
  }
};

/** Grafana dashboards: titles, panels, and a query with balanced brackets in each panel. */
export const dashboards = defineParser({
  id: ID,
  tool: "dashboard shape",
  version: "1",
  matches: (path) => /(^|\/)dashboards\/.*\.json$/.test(path),
  parse: examine,
});

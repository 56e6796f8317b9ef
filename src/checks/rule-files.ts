import { isMap, LineCounter, parseDocument } from "yaml";

/** One recording or alerting rule with the line it starts on. */
export interface PromRule {
  readonly line: number;
  readonly record: string | null;
  readonly alert: string | null;
  readonly expr: string;
  readonly for: string | null;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly annotations: Readonly<Record<string, unknown>>;
}

/** A rule file as read: its rules, or why its shape is not that of one. */
export interface RuleFile {
  readonly rules: readonly PromRule[];
  readonly problems: readonly { readonly line: number | null; readonly message: string }[];
}

type Json = Readonly<Record<string, unknown>>;
const objectOf = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
const textOf = (value: unknown): string | null =>
  value === undefined || value === null ? null : String(value);

const ruleOf = (value: unknown, line: number): PromRule => {
  const rule = objectOf(value);
  return {
    line,
    record: textOf(rule.record),
    alert: textOf(rule.alert),
    expr: textOf(rule.expr) ?? "",
    for: textOf(rule.for),
    labels: objectOf(rule.labels),
    annotations: objectOf(rule.annotations),
  };
};

const groupProblems = (groups: readonly unknown[]): RuleFile["problems"] => {
  const names = groups.map((group) => objectOf(group).name);
  return groups.flatMap((group, at) => {
    const { name, rules } = objectOf(group);
    const own = typeof name === "string" && names.indexOf(name) === at;
    return [
      ...(own ? [] : [{ line: null, message: `group ${at + 1} has no name of its own` }]),
      ...(Array.isArray(rules) && rules.length > 0
        ? []
        : [{ line: null, message: `group ${at + 1} has no rules` }]),
    ];
  });
};

/** Reads a Prometheus rule file. Never throws; YAML errors are told by parse-yaml. */
export const readRuleFile = (text: string): RuleFile => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) return { rules: [], problems: [] };
  const groups = objectOf(document.toJS()).groups;
  if (!Array.isArray(groups) || groups.length === 0)
    return { rules: [], problems: [{ line: 1, message: "expected a list of groups" }] };
  const lineOf = (group: number, rule: number): number => {
    const node = document.getIn(["groups", group, "rules", rule], true);
    return lines.linePos(isMap(node) ? (node.range?.[0] ?? 0) : 0).line;
  };
  const rules = groups.flatMap((group, at) => {
    const list = objectOf(group).rules;
    return Array.isArray(list) ? list.map((rule, index) => ruleOf(rule, lineOf(at, index))) : [];
  });
  return { rules, problems: groupProblems(groups) };
};

/** True for a rule file by its place in the repository. */
export const isRuleFile = (path: string): boolean =>
  /(^|\/)monitoring\/rules\/.*\.ya?ml$/.test(path);

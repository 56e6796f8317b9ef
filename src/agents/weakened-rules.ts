import { parseAllDocuments } from "yaml";
import type { Finding } from "../checks/types.ts";
import { matchesGlob } from "../spec/glob.ts";

const RULE = "weaker-than-draft";
type Texts = ReadonlyMap<string, string>;

/** Files whose entries are rules, checks or alerts that must stay as strict as in the draft; of some only one section. */
const RULE_FILES: readonly (readonly [string, string | null])[] = [
  ["conf/data.yaml", null],
  ["conf/model.yaml", "acceptance"],
  ["expectations/*.json", null],
  ["monitoring/rules/*.yml", null],
  ["monitoring/rules_test/*.yml", null],
  ["monitoring/monitors.yaml", null],
  [".github/workflows/*.yml", null],
  [".gitlab-ci.yml", null],
  ["deploy/rollout/plan.yaml", null],
  ["k8s/policies/*.yaml", null],
];

/** What names an entry of a list; the first that it has. */
const NAMES = [
  "id",
  "alert",
  "record",
  "check",
  "rule",
  "name",
  "alertname",
  "run",
  "uses",
] as const;
/** Words from the strictest on. */
const STRENGTH = [
  ["hard", "block", "error", "critical", "page", "required", "deny", "fail"],
  ["soft", "warn", "warning", "high", "medium"],
  ["info", "low", "ignore", "off", "none", "allow", "disabled", "optional"],
] as const;
const SEVERITY_KEY = /^(?:severity|action|level|mode|on_fail|enforcement|on_break)$/;
/** A greater value lets more through. */
const UPPER =
  /^(?:max|upper|bound|max_\w+|limit_share|max_value|tolerance|margin_of_error|freshness_hours|promised_hours|for)$/;
/** A smaller value lets more through. */
const LOWER = /^(?:min|lower|min_value|mostly|min_share|margin)$/;
/** True lets failures pass. */
const LENIENT = /^(?:continue-on-error|allow_failure|skip|disabled|ignore_errors|dry_run)$/;

const block = (file: string, message: string): Finding => ({
  rule: RULE,
  severity: "block",
  file,
  line: null,
  message,
});

type Item = Readonly<Record<string, unknown>>;
const isItem = (value: unknown): value is Item =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const nameOf = (item: Item): string | null => {
  if (isItem(item.meta) && typeof item.meta.rule === "string") return item.meta.rule;
  const key = NAMES.find((one) => typeof item[one] === "string");
  return key === undefined ? null : `${key} ${String(item[key]).slice(0, 200)}`;
};

const addEntry = (item: unknown, at: string, found: Map<string, Item>): string => {
  const name = isItem(item) ? nameOf(item) : null;
  if (name === null || !isItem(item)) return at;
  let key = `${at}/${name}`;
  while (found.has(key)) key += "'";
  found.set(key, item);
  return key;
};

/** Entries of lists that have a name, by where they stand; equal names are numbered. */
const entriesOf = (value: unknown, at: string, found: Map<string, Item>): void => {
  if (Array.isArray(value))
    for (const item of value) entriesOf(item, addEntry(item, at, found), found);
  else if (isItem(value))
    for (const [key, one] of Object.entries(value)) entriesOf(one, `${at}/${key}`, found);
};

/** Plain values of a file that has no named entries around them (`acceptance`), as one entry. */
const entriesIn = (value: unknown, section: string | null): ReadonlyMap<string, Item> => {
  const found = new Map<string, Item>();
  const part = section === null ? value : sectionOf(value, section);
  if (section !== null && isItem(part)) found.set(section, part);
  entriesOf(part, "", found);
  return found;
};

const sectionOf = (value: unknown, section: string): unknown => {
  const [first] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return isItem(first) ? first[section] : undefined;
};

const parse = (text: string): unknown => {
  try {
    return parseAllDocuments(text).map((one) => one.toJS() as unknown);
  } catch {
    return null; // the parser's own check reports it
  }
};

const secondsOf = (value: unknown): number | null => {
  if (typeof value === "number") return value;
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(value)) ?? [];
  const scale: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
  return count === undefined ? null : Number(count) * (scale[unit] ?? 1);
};

const strengthOf = (value: unknown): number | null => {
  const at = STRENGTH.findIndex((words) =>
    (words as readonly string[]).includes(String(value).toLowerCase()),
  );
  return at < 0 ? null : at;
};

const severityLooser = (draft: unknown, now: unknown): boolean => {
  const [before, after] = [strengthOf(draft), strengthOf(now)];
  return before !== null && (after === null || after > before);
};

const boundLooser = (key: string, draft: unknown, now: unknown): boolean => {
  const [before, after] = [secondsOf(draft), secondsOf(now)];
  if (before === null || !(UPPER.test(key) || LOWER.test(key))) return false;
  return after === null || (UPPER.test(key) ? after > before : after < before);
};

const PASSED_OVER = /\|\|\s*(?:true|:|exit 0)/;
/** Part of an alert's expression that is always, or never, so. */
const CONSTANT = /\b(?:false|true|or|vector\(0\))\b/;

const exprWeaker = (draft: unknown, now: unknown): boolean => {
  if (typeof draft !== "string" || draft === now) return false;
  if (typeof now !== "string") return true;
  return (CONSTANT.test(now) && !CONSTANT.test(draft)) || exprLooser(draft, now);
};

/** Whether one value of a rule lets more through than the draft's. */
const isLooser = (key: string, draft: unknown, now: unknown): boolean => {
  if (key === "expr") return exprWeaker(draft, now);
  if (key === "run") return PASSED_OVER.test(String(now)) && !PASSED_OVER.test(String(draft));
  if (LENIENT.test(key)) return now === true && draft !== true;
  if (SEVERITY_KEY.test(key)) return severityLooser(draft, now);
  return boundLooser(key, draft, now);
};

const compareItem = (draft: Item, now: Item): readonly string[] =>
  [...new Set([...Object.keys(draft), ...Object.keys(now)])].flatMap((key): readonly string[] => {
    const [before, after] = [draft[key], now[key]];
    if (isItem(before)) return compareItem(before, isItem(after) ? after : {});
    const said = `${key} ${String(before).slice(0, 60)} → ${String(after).slice(0, 60)}`;
    return isLooser(key, before, after) ? [said] : [];
  });

/** The same alert expression with a threshold that is harder to reach. */
const exprLooser = (before: string, after: string): boolean => {
  const parts = (text: string) => [...text.matchAll(/([<>]=?)\s*(-?\d[\d.e+-]*)/g)];
  const [old, fresh] = [parts(before), parts(after)];
  if (old.length !== fresh.length) return fresh.length > old.length;
  return old.some(([, sign = "", value = ""], at) => {
    const [, other = "", now = ""] = fresh[at] ?? [];
    return (
      sign[0] !== other[0] ||
      (sign.startsWith(">") ? Number(now) > Number(value) : Number(now) < Number(value))
    );
  });
};

const compareFile = (
  path: string,
  draft: string,
  now: string | undefined,
  section: string | null,
): readonly Finding[] => {
  if (now === draft) return [];
  if (now === undefined) return [block(path, "the draft's rules stand in this file: put it back")];
  const present = entriesIn(parse(now), section);
  return [...entriesIn(parse(draft), section)].flatMap(([key, item]): readonly Finding[] => {
    const found = present.get(key);
    const name = key.split("/").at(-1) ?? key;
    if (found === undefined) return [block(path, `${name} of the draft is gone: put it back`)];
    return compareItem(item, found).map((how) =>
      block(path, `${name} is looser than in the draft (${how}): keep it as strict`),
    );
  });
};

/**
 * Rules, checks and alerts of the draft that are gone or loosened, in the files that hold such entries. An entry is known by its name;
 * words of severity may only get stricter and bounds tighter.
 */
export const weakenedRules = (draft: Texts, now: Texts): readonly Finding[] =>
  RULE_FILES.flatMap(([glob, section]) =>
    [...draft]
      .filter(([path]) => matchesGlob(glob, path))
      .flatMap(([path, text]) => compareFile(path, text, now.get(path), section)),
  );

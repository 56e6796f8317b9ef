import { Document, visit } from "yaml";

/** Escapers that templates use as `it.py(value)` and so on. Data reaches a file only through the escaper of its language. */
export interface Escapers {
  /** A Python literal of JSON-like data. */
  readonly py: (value: unknown) => string;
  readonly json: (value: unknown, indent?: number) => string;
  /** YAML block text of a value, each line indented by `indent` spaces, without a final newline. */
  readonly yaml: (value: unknown, indent?: number) => string;
  /** One line of plain Markdown: no markup, no table breaks, no HTML. */
  readonly md: (value: unknown) => string;
  /** A double-quoted HCL string. */
  readonly hcl: (value: unknown) => string;
  /** Text for the inside of a `#` or `--` comment: one line, no control characters. */
  readonly comment: (value: unknown) => string;
  /** A number for people: 3 significant digits, thousands separated. */
  readonly num: (value: number) => string;
  /** A share 0..1 as "10.6 %". */
  readonly pct: (value: number) => string;
}

// Control, bidirectional and line-separator characters would change how a line reads.
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

const oneLine = (value: unknown): string => String(value).replace(UNSAFE, " ").trim();

const pyString = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

// Surrogate pairs written one by one would be invalid in Python, so text beyond the basic plane goes in as \U escapes.
const pyText = (text: string): string =>
  [...text]
    .map((char) => {
      const point = char.codePointAt(0) ?? 0;
      return point > 0xffff
        ? `\\U${point.toString(16).padStart(8, "0")}`
        : pyString(char).slice(1, -1);
    })
    .join("");

const py = (value: unknown): string => {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number")
    return Number.isFinite(value) ? String(value) : `float("${value}")`;
  if (typeof value === "string") return `"${pyText(value)}"`;
  if (Array.isArray(value)) return `[${value.map(py).join(", ")}]`;
  const entries = Object.entries(value as Record<string, unknown>);
  return `{${entries.map(([key, item]) => `${py(key)}: ${py(item)}`).join(", ")}}`;
};

// What a YAML 1.1 reader (PyYAML) takes for a merge, a value tag, a line break or a change of direction.
const YAML_QUOTED = /^(?:=|<<)$|[^\P{Cc}\n]|\p{Cf}|[\u2028\u2029]/u;
const YAML_ESCAPED = /[\u0080-\u009f\u2028\u2029]|\p{Cf}/gu;

const yamlEscape = (char: string): string => {
  const point = char.codePointAt(0) ?? 0;
  return point > 0xffff
    ? `\\U${point.toString(16).padStart(8, "0")}`
    : `\\u${point.toString(16).padStart(4, "0")}`;
};

// YAML 1.1 readers want a dot in a number with an exponent: 1e-7 would be text to them.
const EXPONENT = /^(\s*(?:- )*(?:(?:"[^"]*"|[^\s:"']+): )?-?\d)(e[+-]\d+)$/gm;

// The library writes the text "<<" as a merge whatever its style says.
const MERGE_TEXT = /^(\s*(?:- )*(?:(?:"[^"]*"|[^\s:"']+): )?)<<$/gm;

/** YAML that 1.1 and 1.2 readers understand alike: "no", "1990-01-08" and "12:30" stay text. */
const yamlBlock = (value: unknown, indent = 0): string => {
  const doc = new Document(value, { version: "1.1", aliasDuplicateObjects: false });
  visit(doc, {
    Scalar: (_key, node) => {
      if (typeof node.value === "string" && YAML_QUOTED.test(node.value))
        node.type = "QUOTE_DOUBLE";
    },
  });
  doc.directives = undefined as never;
  return doc
    .toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: 1_000_000 })
    .trimEnd()
    .replace(YAML_ESCAPED, yamlEscape)
    .replace(EXPONENT, "$1.0$2")
    .replace(MERGE_TEXT, '$1"<<"')
    .split("\n")
    .map((line) => (line === "" ? line : " ".repeat(indent) + line))
    .join("\n");
};

const md = (value: unknown): string =>
  oneLine(value).replace(/[\\`*_{}[\]()#+!|<>~$]/g, (char) =>
    char === "<" ? "&lt;" : char === ">" ? "&gt;" : `\\${char}`,
  );

const hcl = (value: unknown): string =>
  JSON.stringify(oneLine(value)).replaceAll("${", "$${").replaceAll("%{", "%%{");

const num = (value: number): string =>
  Number.isInteger(value)
    ? value.toLocaleString("en-US")
    : Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 6 });

export const escapers: Escapers = {
  py,
  json: (value, indent) =>
    JSON.stringify(value, null, indent)
      .replaceAll("\u2028", "\\u2028")
      .replaceAll("\u2029", "\\u2029"),
  yaml: yamlBlock,
  md,
  hcl,
  comment: oneLine,
  num,
  pct: (value) => `${(value * 100).toFixed(1)} %`,
};

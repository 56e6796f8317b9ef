/** Where HCL text stops being well formed, or null. Columns are not given: a line is enough to find it. */
export interface HclFault {
  readonly line: number;
  readonly message: string;
}

const PAIRS: Readonly<Record<string, string>> = { "}": "{", "]": "[", ")": "(" };

interface Scan {
  readonly text: string;
  at: number;
  line: number;
  readonly open: { readonly bracket: string; readonly line: number }[];
}

const skipTo = (scan: Scan, end: string): boolean => {
  const found = scan.text.indexOf(end, scan.at);
  const stop = found < 0 ? scan.text.length : found + end.length;
  scan.line += scan.text.slice(scan.at, stop).split("\n").length - 1;
  scan.at = stop;
  return found >= 0;
};

/** Reads a template inside a string up to its closing brace. Strings may stand in it. */
const readTemplate = (scan: Scan): HclFault | null => {
  const line = scan.line;
  let depth = 1;
  while (scan.at < scan.text.length) {
    const sign = scan.text[scan.at];
    scan.at++;
    if (sign === "\n") scan.line++;
    if (sign === '"') {
      const fault = readString(scan);
      if (fault) return fault;
    }
    if (sign === "{") depth++;
    if (sign === "}") depth--;
    if (depth === 0) return null;
  }
  return { line, message: "a template ${ is not closed" };
};

/** Moves past what is escaped; false when nothing is. */
const skipEscape = (scan: Scan, pair: string): boolean => {
  if (!(pair.startsWith("\\") || pair === "$$" || pair === "%%")) return false;
  scan.at += 2;
  return true;
};

const readString = (scan: Scan): HclFault | null => {
  const line = scan.line;
  while (scan.at < scan.text.length && scan.text[scan.at] !== "\n") {
    const pair = scan.text.slice(scan.at, scan.at + 2);
    if (skipEscape(scan, pair)) continue;
    const opens = pair === "${" || pair === "%{";
    scan.at += opens ? 2 : 1;
    if (pair.startsWith('"')) return null;
    const fault = opens ? readTemplate(scan) : null;
    if (fault) return fault;
  }
  return { line, message: "a string is not closed" };
};

const readHeredoc = (scan: Scan): HclFault | null => {
  const { line } = scan;
  const head = /^<<-?([A-Za-z_][\w-]*)[^\n]*\n/.exec(scan.text.slice(scan.at));
  if (!head) return { line, message: "a heredoc has no name" };
  scan.at += head[0].length;
  scan.line++;
  const end = new RegExp(`^[ \\t]*${head[1]}[ \\t]*$`, "m").exec(scan.text.slice(scan.at));
  if (!end) return { line, message: `the heredoc ${head[1]} is not closed` };
  scan.line += scan.text.slice(scan.at, scan.at + end.index).split("\n").length - 1;
  scan.at += end.index + end[0].length;
  return null;
};

const readBracket = (scan: Scan, sign: string): HclFault | null => {
  scan.at++;
  if ("{[(".includes(sign)) {
    scan.open.push({ bracket: sign, line: scan.line });
    return null;
  }
  const last = scan.open.pop();
  if (last?.bracket === PAIRS[sign]) return null;
  return { line: scan.line, message: `${sign} closes nothing` };
};

const step = (scan: Scan): HclFault | null => {
  const sign = scan.text[scan.at] ?? "";
  const pair = scan.text.slice(scan.at, scan.at + 2);
  if (sign === "#" || pair === "//") {
    skipTo(scan, "\n");
    return null;
  }
  if (pair === "/*")
    return skipTo(scan, "*/") ? null : { line: scan.line, message: "a comment is not closed" };
  if (pair === "<<") return readHeredoc(scan);
  if (sign === '"') {
    scan.at++;
    return readString(scan);
  }
  if ("{}[]()".includes(sign)) return readBracket(scan, sign);
  if (sign === "\n") scan.line++;
  scan.at++;
  return null;
};

/** The first place where strings, templates, heredocs, comments or brackets of HCL text do not close; null when all do. */
export const hclFault = (text: string): HclFault | null => {
  const scan: Scan = { text, at: 0, line: 1, open: [] };
  while (scan.at < text.length) {
    const fault = step(scan);
    if (fault) return fault;
  }
  const left = scan.open.at(-1);
  return left ? { line: left.line, message: `${left.bracket} is not closed` } : null;
};

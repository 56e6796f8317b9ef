const WORDS = new Set(
  "by without on ignoring group_left group_right and or unless offset bool inf nan start end atan2".split(
    " ",
  ),
);
const CLOSES: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

const withoutStrings = (expression: string): string =>
  expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""').replace(/#[^\n]*/g, "");

/** What is wrong with the brackets of a query, or null. */
export const bracketFault = (expression: string): string | null => {
  const open: string[] = [];
  for (const sign of withoutStrings(expression)) {
    if ("([{".includes(sign)) open.push(sign);
    if (CLOSES[sign] !== undefined && open.pop() !== CLOSES[sign])
      return `${sign} closes nothing in the query`;
  }
  return open.length > 0 ? `${open.at(-1)} is not closed in the query` : null;
};

/** Names of the metrics that a PromQL expression reads: identifiers that are no function, keyword or label. */
export const metricNames = (expression: string): readonly string[] => {
  const bare = withoutStrings(expression)
    .replace(/\{[^}]*\}/g, " ")
    .replace(/\[[^\]]*\]/g, " ")
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, " ")
    // Durations and numbers such as 5m or 1e-4 are no names.
    .replace(/\$\w+|\b\d[\w.]*(?:[eE][+-]?\d+)?/g, " ");
  const names = [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w)(\s*\()?/g)]
    .filter((match) => match[1] === undefined)
    .map((match) => match[0].trim())
    .filter((name) => !WORDS.has(name.toLowerCase()));
  return [...new Set(names)];
};

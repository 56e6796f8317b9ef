/** Bounds of one answer: what a model reads, and what a reader of lines takes (some stop at 64 kB). */
export const CONCISE_TOKENS = 4_000;
export const MOST_TOKENS = 25_000;
const MOST_BYTES = 60_000;
/** The message holds every fact twice and some frame around it. */
const FRAME_BYTES = 2_000;

/** A word with the space or underscore that it swallows, a run of what JSON puts between values, one other sign, white space. */
const PIECES = /[ _]?[A-Za-z0-9]+|["{}[\]:,]+|[^\sA-Za-z0-9]|\s+/gu;

const wordTokens = (word: string): number => {
  if (!/\d/.test(word)) return Math.ceil(word.length / 4);
  return Math.ceil(word.length / (/[A-Za-z]/.test(word) ? 1.4 : 3));
};

const pieceTokens = (piece: string): number => {
  const [, before = "", word = ""] = /^([ _]?)(\w+)$/.exec(piece) ?? [];
  // A digit does not swallow the space before it.
  if (word !== "") return wordTokens(word) + (before !== "" && /^\d/.test(word) ? 1 : 0);
  if (/^["{}[\]:,]/.test(piece)) return Math.ceil(piece.length / 2);
  return /^[ -~\s]/.test(piece) ? 1 : 2;
};

/**
 * About how many tokens a model counts in JSON text: letters in groups of four, digits of three, JSON's own signs of two, everything
 * else one each, ids and hashes (letters and digits mixed) 1.4. An estimate on the high side for text of that kind (a test holds it
 * to at most 1.8 times cl100k's count of what the tools answer), not a bound for every text.
 */
export const estimateTokens = (text: string): number => {
  let tokens = 0;
  for (const [piece] of text.matchAll(PIECES)) tokens += pieceTokens(piece);
  return tokens;
};

const escapedBytes = (json: string): number => {
  const quotes = json.match(/["\\]/g)?.length ?? 0;
  return Buffer.byteLength(json) * 2 + quotes + FRAME_BYTES;
};

/** By how much an answer is too large: 1 or less fits. */
export const excessOf = (data: unknown, maxTokens: number): number => {
  const json = JSON.stringify(data);
  return Math.max(escapedBytes(json) / MOST_BYTES, estimateTokens(json) / maxTokens);
};

interface Longest {
  readonly path: readonly string[];
  readonly size: number;
}

const longestIn = (value: unknown, path: readonly string[]): Longest => {
  if (typeof value === "string") return { path, size: value.length > 400 ? value.length : 0 };
  if (typeof value !== "object" || value === null) return { path, size: 0 };
  const own = Array.isArray(value) && value.length > 1 ? JSON.stringify(value).length : 0;
  return Object.entries(value)
    .map(([key, item]) => longestIn(item, [...path, key]))
    .reduce((best, one) => (one.size > best.size * 0.6 ? one : best), { path, size: own });
};

const shortened = (value: unknown): unknown => {
  if (typeof value === "string") return `${value.slice(0, Math.floor(value.length / 2))}…`;
  return Array.isArray(value) ? value.slice(0, Math.ceil(value.length / 2)) : value;
};

const replaceAt = (value: unknown, path: readonly string[]): unknown => {
  const [key, ...rest] = path;
  if (key === undefined) return shortened(value);
  if (Array.isArray(value))
    return value.map((item, at) => (String(at) === key ? replaceAt(item, rest) : item));
  const record = value as Readonly<Record<string, unknown>>;
  return { ...record, [key]: replaceAt(record[key], rest) };
};

const MAX_CUTS = 200;

/**
 * An answer within the bounds: the longest lists and texts are halved until it fits, and `truncated` names them with how to get the
 * rest. For what cannot be asked for in smaller pages; a page is asked for again instead (call.ts).
 */
export const shorten = (
  data: Record<string, unknown>,
  maxTokens: number,
  more: string,
): Record<string, unknown> => {
  let left = data;
  const cut = new Set<string>();
  for (let at = 0; at < MAX_CUTS; at++) {
    const said = [...cut].map((name) => `${name}: shortened; ${more}`);
    const whole = cut.size === 0 ? left : { ...left, truncated: said };
    if (excessOf(whole, maxTokens) <= 1) return whole;
    const { path, size } = longestIn(left, []);
    if (size === 0) return whole;
    cut.add(path.filter((key) => !/^\d+$/.test(key)).join(".") || "text");
    left = replaceAt(left, path) as Record<string, unknown>;
  }
  return left;
};

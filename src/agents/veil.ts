import { createHmac } from "node:crypto";

/** Shorter texts stand in any file by chance: hiding them would hide words, not data. */
const SHORTEST_TEXT = 4;
const SHORTEST_PERSONAL = 3;
const SHORTEST_NUMBER = 5;
/** Of a longer value its beginning is looked for. */
const LONGEST = 80;
const TOKEN = /\bWITHHELD_[0-9a-f]{12}\b/g;

/** A text without what may not leave, and how many places were hidden. */
export interface Veiled {
  readonly text: string;
  readonly hidden: number;
}

/**
 * Hides values that may not leave the house, and puts them back into what a model writes. Each value has one token, an HMAC under the
 * secret of the conversation: not to be guessed, the same in a replay. Never throws.
 */
export interface Veil {
  readonly hide: (text: string) => Veiled;
  /** `unknown` are tokens that stand for nothing here. */
  readonly restore: (text: string) => {
    readonly text: string;
    readonly unknown: readonly string[];
  };
}

export interface VeilInput {
  /** Values of personal columns. */
  readonly personal: readonly string[];
  /** Values that `claude.data` does not let out: of fewer than ten rows with aggregates, any with schema. */
  readonly withheld: readonly string[];
  readonly secret: string;
}

const EDGES = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;
const WORD = /[\p{L}\p{N}]/u;

const keyOf = (value: string): string =>
  value.replace(EDGES, "").toLowerCase().slice(0, LONGEST).replace(EDGES, "");

const isLong = (key: string, personal: boolean): boolean =>
  /^[\d.,:-]+$/.test(key)
    ? key.length >= SHORTEST_NUMBER
    : key.length >= (personal ? SHORTEST_PERSONAL : SHORTEST_TEXT);

/** Keys to look for, by their first four characters, so that most places of a text need one look. */
interface Index {
  readonly lengths: ReadonlyMap<string, ReadonlySet<number>>;
  readonly keys: ReadonlySet<string>;
}

const START = 3;

const indexOf = ({ personal, withheld }: VeilInput): Index => {
  const keys = new Set([
    ...personal.map(keyOf).filter((key) => isLong(key, true)),
    ...withheld.map(keyOf).filter((key) => isLong(key, false)),
  ]);
  const lengths = new Map<string, Set<number>>();
  for (const key of keys) {
    const start = key.slice(0, START);
    const known = lengths.get(start) ?? new Set<number>();
    known.add(key.length);
    lengths.set(start, known);
  }
  return { lengths, keys };
};

/** Length of the longest key that stands as a whole at `at`; 0 for none. */
const lengthAt = (index: Index, lower: string, at: number): number => {
  let longest = 0;
  for (const length of index.lengths.get(lower.slice(at, at + START)) ?? []) {
    const end = at + length;
    if (length <= longest || end > lower.length) continue;
    const cut = length >= LONGEST - 1; // a key cut short may end inside a word
    if (!cut && WORD.test(lower[end] ?? " ")) continue;
    if (index.keys.has(lower.slice(at, end))) longest = length;
  }
  return longest;
};

// Lower-casing may lengthen a text (İ), and then places would not agree: such characters stay as they are.
const lowerOf = (text: string): string => {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return [...text]
    .map((sign) => (sign.toLowerCase().length === sign.length ? sign.toLowerCase() : sign))
    .join("");
};

export const createVeil = (input: VeilInput): Veil => {
  const index = indexOf(input);
  const originals = new Map<string, string>();
  const tokenOf = (text: string): string => {
    const token = `WITHHELD_${createHmac("sha256", input.secret).update(text).digest("hex").slice(0, 12)}`;
    originals.set(token, text);
    return token;
  };
  const hide = (text: string): Veiled => {
    if (index.keys.size === 0) return { text, hidden: 0 };
    const lower = lowerOf(text);
    const pieces: string[] = [];
    let [from, hidden, at] = [0, 0, 0];
    while (at < text.length) {
      const starts = at === 0 || !WORD.test(lower[at - 1] ?? " ");
      const length = starts ? lengthAt(index, lower, at) : 0;
      if (length === 0) {
        at += 1;
        continue;
      }
      pieces.push(text.slice(from, at), tokenOf(text.slice(at, at + length)));
      at += length;
      from = at;
      hidden += 1;
    }
    return { text: pieces.join("") + text.slice(from), hidden };
  };
  return {
    hide,
    restore: (text) => {
      const unknown = new Set<string>();
      const restored = text.replace(TOKEN, (token) => {
        const original = originals.get(token);
        if (original === undefined) unknown.add(token);
        return original ?? token;
      });
      return { text: restored, unknown: [...unknown] };
    },
  };
};

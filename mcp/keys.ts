import { canonicalJson, sha256 } from "../src/lib/hash.ts";

/** A client that lost the answer sends the call again; within this time it is the same call (design.md section 13). */
const REPEAT_MS = 600_000;
const MAX_GENERATIONS = 500;

/** What the store remembers of an accepted command. */
interface StoredKey {
  readonly runId: string;
  readonly headSeq: number;
  readonly at: number;
}

export interface KeyDeps {
  readonly storedKey: (key: string) => Promise<StoredKey | null>;
  /** Whether a person or an assistant changed the run after that event; the work that goes on by itself does not count. */
  readonly changedSince: (runId: string, seq: number) => Promise<boolean>;
  readonly nowMs: () => number;
}

// Numbers of inputs may be fractions, which the canonical form refuses: they are compared as text.
const texts = (value: unknown): unknown => {
  if (typeof value === "number") return `n${value}`;
  if (Array.isArray(value)) return value.map(texts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, texts(item)]));
};

/** The idempotency key of a call: the client's own, else what makes the same call of the same principal a repeat. */
export type KeyOf = (principal: string, operation: string, input: unknown) => Promise<string>;

/**
 * Makes keys. A key that a client gave holds for as long as the store keeps it. Without one the same arguments are a repeat for ten
 * minutes and only while nobody else has changed that run: after that a new generation of the key begins.
 */
export const createKeyOf = ({ changedSince, nowMs, storedKey }: KeyDeps): KeyOf => {
  const isRepeat = async (stored: StoredKey): Promise<boolean> =>
    nowMs() - stored.at < REPEAT_MS && !(await changedSince(stored.runId, stored.headSeq));
  return async (principal, operation, input) => {
    const { idempotency_key: given, ...rest } = (input ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof given === "string" && given !== "") return `mcp/${principal}/key/${given}`;
    const base = `mcp/${principal}/${sha256(canonicalJson([operation, texts(rest)]))}`;
    for (let generation = 0; generation < MAX_GENERATIONS; generation++) {
      const key = `${base}/${generation}`;
      const stored = await storedKey(key);
      if (stored === null || (await isRepeat(stored))) return key;
    }
    return `${base}/${nowMs()}`;
  };
};

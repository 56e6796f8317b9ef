import { randomBytes, randomInt, scrypt, timingSafeEqual } from "node:crypto";
import type { CodeRow } from "../../store/rows.ts";
import type { RuntimeDeps } from "../deps.ts";

// No I, L, O, U, 0 or 1: what is read aloud or typed from a phone must not be mistaken (after Crockford's base 32).
const ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP = 4;
const MINUTE_MS = 60_000;

/** How long a code holds; a claim code until it is used, because a home may wait for its owner's Slack. */
const LIFE_MS = { claim: null, link: 10 * MINUTE_MS, vote: 10 * MINUTE_MS } as const;
/** How often a code may be typed before it is worth nothing. */
const TRIES = 5;

const KEY_BYTES = 32;

const derive = (secret: string, salt: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(secret, salt, KEY_BYTES, (error, key) => (error ? reject(error) : resolve(key)));
  });

const group = (): string =>
  Array.from({ length: GROUP }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");

/** Lookup and secret of what somebody typed: case, dashes and blanks do not matter. Null when it cannot be a code. */
const parseCode = (typed: string): { readonly lookup: string; readonly secret: string } | null => {
  const text = typed.toUpperCase().replace(/[^0-9A-Z]/g, "");
  if (text.length !== 3 * GROUP) return null;
  return { lookup: text.slice(0, GROUP), secret: text.slice(GROUP) };
};

export interface CodeFor {
  readonly purpose: CodeRow["purpose"];
  readonly personId: string;
  /** What the code is for besides the person; empty for claim and link. */
  readonly subject: string;
}

/**
 * A new code, XXXX-XXXX-XXXX: the first group finds its row, the other two (39 bits) are the secret, kept as a salted scrypt hash
 * that outlasts the code's ten minutes. `code` is shown once and never stored.
 */
export const makeCode = async (
  { personId, purpose, subject }: CodeFor,
  nowMs: number,
): Promise<{ readonly code: string; readonly row: CodeRow }> => {
  const [lookup, first, second] = [group(), group(), group()];
  const salt = randomBytes(16).toString("hex");
  const life = LIFE_MS[purpose];
  return {
    code: `${lookup}-${first}-${second}`,
    row: {
      lookup,
      purpose,
      personId,
      subject,
      salt,
      hash: (await derive(first + second, salt)).toString("hex"),
      createdAt: nowMs,
      expiresAt: life === null ? null : nowMs + life,
      triesLeft: TRIES,
      usedAt: null,
      usedKey: null,
    },
  };
};

/** Whom and what a typed code proves, or null. Every look at a live code counts as one of its tries. */
export const tryCode = async (
  { clock, store }: Pick<RuntimeDeps, "store" | "clock">,
  typed: string,
  purpose: CodeRow["purpose"],
  key: string,
): Promise<CodeRow | null> => {
  const parsed = parseCode(typed);
  if (parsed === null) return null;
  const nowMs = clock.nowMs();
  const row = await store.codes.attempt({ lookup: parsed.lookup, purpose, key, nowMs });
  if (row === null) return null;
  const given = await derive(parsed.secret, row.salt);
  return timingSafeEqual(given, Buffer.from(row.hash, "hex")) ? row : null;
};

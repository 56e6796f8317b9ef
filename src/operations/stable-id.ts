import { sha256 } from "../lib/hash.ts";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * An id (a valid ULID) that follows from a call's key, so that the same call again carries the same ids and is recognised as a
 * repeat. `n` tells apart what one call creates.
 */
export const stableId = (key: string, n: number): string => {
  const bytes = Buffer.from(sha256(`${key}\n${n}`), "hex");
  // The first character of a ULID holds three bits.
  return `0${[...bytes.subarray(0, 25)].map((byte) => ALPHABET[byte % 32] ?? "0").join("")}`;
};

import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Makes ids. A dependency, so that tests can give their own. */
export type NewId = () => string;

const timePart = (nowMs: number): string => {
  let rest = nowMs;
  let text = "";
  for (let place = 0; place < 10; place++) {
    text = (ALPHABET[rest % 32] ?? "0") + text;
    rest = Math.floor(rest / 32);
  }
  return text;
};

/** A generator of ULIDs (26 characters, sorted by creation time; source: github.com/ulid/spec). `nowMs` is epoch milliseconds. */
export const createNewId =
  (nowMs: () => number): NewId =>
  () =>
    timePart(nowMs()) + [...randomBytes(16)].map((byte) => ALPHABET[byte % 32] ?? "0").join("");

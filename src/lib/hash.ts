import { createHash } from "node:crypto";
import { BugError } from "./errors.ts";

/** SHA-256 of bytes or UTF-8 text, as 64 lower-case hexadecimal characters. */
export const sha256 = (data: string | Uint8Array): string =>
  createHash("sha256").update(data).digest("hex");

/**
 * JSON with sorted keys and no white space, the form that is hashed. Integers and strings only (booleans, null, arrays and
 * objects of them): a float would print differently in another store, so BugError FLOAT_IN_CANONICAL_JSON. Undefined keys are dropped.
 */
export const canonicalJson = (value: unknown): string => {
  if (value === null || typeof value === "boolean" || typeof value === "string")
    return JSON.stringify(value);
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return String(value);
    throw new BugError("FLOAT_IN_CANONICAL_JSON", `expected a safe integer, got ${value}`);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${entries.join(",")}}`;
  }
  throw new BugError("NOT_JSON", `expected JSON, got ${typeof value}`);
};

/** One file of a manifest: its path in the repository and the SHA-256 of its bytes. */
export interface FileHash {
  readonly path: string;
  readonly sha256: string;
}

/** Hash of a manifest: what an approval signs. Order of `files` does not matter; paths are unique. */
export const manifestHash = (files: readonly FileHash[]): string =>
  sha256(
    [...files]
      .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
      .map((file) => `${file.path}\0${file.sha256}\n`)
      .join(""),
  );

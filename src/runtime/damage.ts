import { existsSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../lib/hash.ts";
import type { RuntimeDeps } from "./deps.ts";
import { forgottenBlob } from "./forget.ts";

/** The first of these blobs that is missing or altered on disk, in words; null when all are sound. */
export const findDamage = async (
  deps: RuntimeDeps,
  hashes: readonly string[],
): Promise<string | null> => {
  for (const hash of hashes) {
    const bytes = await deps.blobs.get(hash);
    if (bytes === null && (await forgottenBlob(deps, hash)) !== null) continue;
    if (bytes === null) return `blob ${hash} is missing`;
    if (sha256(bytes) !== hash) return `blob ${hash} was altered on disk`;
  }
  return null;
};

/** Which of these blobs are gone because a person asked for it, in words: by whom and when. */
export const findForgotten = async (
  deps: RuntimeDeps,
  hashes: readonly string[],
): Promise<readonly string[]> => {
  const said: string[] = [];
  for (const hash of hashes) {
    if (existsSync(join(deps.home.blobs, hash.slice(0, 2), hash))) continue;
    const words = await forgottenBlob(deps, hash);
    if (words !== null) said.push(words);
  }
  return [...new Set(said)];
};

import { mkdir, readdir, rename, stat, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { UserInputError } from "../lib/errors.ts";
import { sha256 } from "../lib/hash.ts";
import type { RuntimeDeps } from "./deps.ts";

/** What can be read as a table. */
export const DATASET_TYPES = [".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet"] as const;

const FOLDER = "data";
const HASH_CHARS = 12;

// The name comes from a person: what is left of it cannot leave the folder or hide.
const safeName = (name: string): string =>
  basename(name)
    .normalize("NFKD")
    .replace(/[^\w.-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(-80) || "dataset";

const refuse = (name: string, bytes: Uint8Array, maxBytes: number): void => {
  const type = extname(name).toLowerCase();
  if (!DATASET_TYPES.some((one) => one === type)) {
    throw new UserInputError("DATA_TYPE", `"${basename(name)}" is no dataset that can be read`, {
      expected: `a file that ends in ${DATASET_TYPES.join(", ")}`,
      got: type || "no ending",
      next: "save it as CSV and give that file",
    });
  }
  if (bytes.byteLength === 0 || bytes.byteLength > maxBytes) {
    throw new UserInputError("DATA_SIZE", `"${basename(name)}" has ${bytes.byteLength} bytes`, {
      expected: `1 to ${maxBytes} bytes`,
      got: String(bytes.byteLength),
      next: "give a path or an address instead, or raise data.max_bytes",
    });
  }
};

/** Datasets that people hand over as files, kept under the home by content: the same bytes are kept once. */
export const createDatasetStore = ({
  config,
  home,
  newId,
}: Pick<RuntimeDeps, "config" | "home" | "newId">) => {
  const folder = join(home.dir, FOLDER);
  return {
    /** Keeps the bytes and gives their path. UserInputError DATA_TYPE, DATA_SIZE; nothing is kept then. */
    keep: async (name: string, bytes: Uint8Array): Promise<string> => {
      refuse(name, bytes, config.data.max_bytes);
      await mkdir(folder, { recursive: true });
      const path = join(folder, `${sha256(bytes).slice(0, HASH_CHARS)}-${safeName(name)}`);
      const known = await stat(path).catch(() => null);
      if (known?.size === bytes.byteLength) return path;
      // Whole or not at all: a crash leaves a file of another name.
      const draft = join(folder, `.${newId()}`);
      await writeFile(draft, bytes, { mode: 0o600 });
      await rename(draft, path);
      return path;
    },
    list: async (): Promise<readonly { readonly name: string; readonly path: string }[]> => {
      const names = await readdir(folder).catch(() => []);
      return names
        .filter((name) => !name.startsWith("."))
        .sort()
        .map((name) => ({ name: name.slice(HASH_CHARS + 1), path: join(folder, name) }));
    },
  };
};

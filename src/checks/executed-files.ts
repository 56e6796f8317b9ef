import { readdir, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

// The kernel notes a reading only when the last one is older than the last change, so it is set before everything.
const LONG_AGO = new Date(1000);

/** Makes every file of a copy look as if it had never been read. */
export const forgetReads = async (dir: string, paths: readonly string[]): Promise<void> => {
  for (const path of paths) {
    const info = await stat(join(dir, path)).catch(() => null);
    if (info) await utimes(join(dir, path), LONG_AGO, info.mtime);
  }
};

const wasRead = (dir: string, path: string): Promise<boolean> =>
  stat(join(dir, path)).then(
    (info) => info.atimeMs > LONG_AGO.getTime(),
    () => false,
  );

/** Python files whose compiled form a run left beside them: they were imported, or collected by pytest. */
const imported = async (dir: string): Promise<ReadonlySet<string>> => {
  const entries = await readdir(dir, { recursive: true });
  return new Set(
    entries.flatMap((entry) => {
      const match = /^(.*?)\/?__pycache__\/([^/]+?)\.cpython-[^/]*\.pyc$/.exec(entry);
      if (!match) return [];
      return [match[1] ? `${match[1]}/${match[2]}.py` : `${match[2]}.py`];
    }),
  );
};

/** Modules that make started by name (`python -m pkg.train`): these leave no compiled form. */
const started = (output: string): ReadonlySet<string> =>
  new Set(
    [...output.matchAll(/-m\s+([a-z_][\w.]*)/g)].map(
      (match) => `src/${(match[1] ?? "").replaceAll(".", "/")}.py`,
    ),
  );

const MODULE = /\.py$/;
const READ_BY_CODE = /\.(ya?ml|json|jsonl|toml|parquet|csv)$/;

/**
 * Which of `paths` a run in `dir` really used: Python files that were imported, collected or started, and data and
 * configuration that was read. Where the file system notes no readings only Python files are told. `output` is what make said.
 */
export const executedFiles = async (
  dir: string,
  paths: readonly string[],
  output: string,
): Promise<readonly string[]> => {
  const modules = await imported(dir);
  const named = started(output);
  const notes = await wasRead(dir, "Makefile");
  const used: string[] = [];
  for (const path of paths) {
    const isUsed = MODULE.test(path)
      ? modules.has(path) || named.has(path)
      : notes && READ_BY_CODE.test(path) && (await wasRead(dir, path));
    if (isUsed) used.push(path);
  }
  return used;
};

import type { Brief } from "../spec/brief.ts";
import { matchesGlob } from "../spec/glob.ts";
import { LEVELS, type Level, levelRank, lowestLevel } from "../spec/levels.ts";
import type { CheckResult, GivenLevel } from "./types.ts";

/** The level of one file as `pipeline.lock.json` records it. `reason`: why it is not higher, always there for `unverified`. */
export interface FileLevel {
  readonly path: string;
  readonly level: Level;
  readonly by: readonly GivenLevel["by"][];
  readonly reason?: string;
}

const extensionOf = (path: string): string => /\.([^./]+)$/.exec(path)?.[1] ?? "such";

const byText = (a: GivenLevel["by"], b: GivenLevel["by"]): number =>
  a.check === b.check ? (a.tool < b.tool ? -1 : 1) : a.check < b.check ? -1 : 1;

const levelOf = (
  path: string,
  given: readonly GivenLevel[],
  reasons: readonly string[],
): FileLevel => {
  const strongest = given.reduce<Level>(
    (best, { level }) => (levelRank(level) > levelRank(best) ? level : best),
    "unverified",
  );
  if (strongest === "unverified") {
    return {
      path,
      level: strongest,
      by: [],
      reason: reasons[0] ?? `no tool exists: no offline parser for ${extensionOf(path)} files`,
    };
  }
  const by = given
    .filter(({ level }) => level === strongest)
    .map((one) => one.by)
    .sort(byText);
  return strongest === "executed" || reasons[0] === undefined
    ? { path, level: strongest, by }
    : { path, level: strongest, by, reason: reasons[0] };
};

/**
 * Level of every path in `own` and of every other file that a check gave one: the strongest that passed on it, never rounded
 * up. A file with a blocking finding has none and is `unverified`.
 */
export const levelsByFile = (
  own: readonly string[],
  results: readonly CheckResult[],
): ReadonlyMap<string, FileLevel> => {
  const failed = new Set(
    results.flatMap((result) =>
      result.findings.flatMap((finding) =>
        finding.severity === "block" && finding.file !== null ? [finding.file] : [],
      ),
    ),
  );
  const given = results.flatMap((result) => result.levels).filter(({ path }) => !failed.has(path));
  const paths = [...new Set([...own, ...given.map(({ path }) => path)])].sort();
  return new Map(
    paths.map((path) => {
      const reasons = failed.has(path)
        ? ["a check failed on it"]
        : results.flatMap((result) => result.weaker?.[path] ?? []);
      return [
        path,
        levelOf(
          path,
          given.filter((one) => one.path === path),
          reasons,
        ),
      ];
    }),
  );
};

/**
 * The lowest level per deliverable of a contract. Prose (`.md`) counts only where a deliverable consists of nothing else: no
 * tool executes it. A deliverable without a file is absent.
 */
export const levelByDeliverable = (
  deliverables: Brief["deliverables"],
  files: ReadonlyMap<string, FileLevel>,
): Readonly<Record<string, Level>> => {
  const table: Record<string, Level> = {};
  for (const { id, files: globs } of deliverables) {
    const inIt = [...files.values()].filter(({ path }) =>
      globs.some((glob) => matchesGlob(glob, path)),
    );
    const code = inIt.filter(({ path }) => !path.endsWith(".md"));
    const counted = code.length > 0 ? code : inIt;
    if (counted.length > 0) table[id] = lowestLevel(counted.map(({ level }) => level));
  }
  return table;
};

/** How many files have each level. */
export const countLevels = (files: Iterable<FileLevel>): Readonly<Record<Level, number>> => {
  const counts = Object.fromEntries(LEVELS.map((level) => [level, 0])) as Record<Level, number>;
  for (const { level } of files) counts[level]++;
  return counts;
};

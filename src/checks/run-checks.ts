import { BugError, messageOf } from "../lib/errors.ts";
import { type Level, lowestLevel } from "../spec/levels.ts";
import { ROLES } from "../spec/roles.ts";
import { CHECKS } from "./catalog.ts";
import { skipped } from "./define.ts";
import { countLevels, type FileLevel, levelByDeliverable, levelsByFile } from "./levels.ts";
import type { Check, CheckInput, CheckResult, Finding } from "./types.ts";

/** What the checks of one step say together. `green`: nothing blocks. */
export interface CheckReport {
  readonly results: readonly CheckResult[];
  /** Sorted by severity, then file and line. */
  readonly findings: readonly Finding[];
  readonly green: boolean;
  /** Findings by severity, and how many checks wait for a later step or were skipped; as the engine's `Counts`. */
  readonly counts: {
    readonly block: number;
    readonly warn: number;
    readonly info: number;
    readonly later: number;
    readonly skipped: number;
  };
  /** Own files, and files of other steps that a check of this step raised. */
  readonly levelsByFile: ReadonlyMap<string, FileLevel>;
  readonly levelCounts: Readonly<Record<Level, number>>;
  /** Lowest level per deliverable of this role; a `hardens` role's raised files are in `levelsByFile`. */
  readonly levelByDeliverable: Readonly<Record<string, Level>>;
  readonly lowest: Level;
  /** What checks measured, by check id (training: metric, interval, baseline). */
  readonly evidence: Readonly<Record<string, unknown>>;
}

const namedBy = (input: CheckInput): ReadonlySet<string> =>
  new Set(input.briefs[input.role].deliverables.flatMap((deliverable) => deliverable.checks));

const isLater = (check: Check, input: CheckInput): boolean =>
  check.at !== undefined && ROLES.indexOf(check.at) > ROLES.indexOf(input.role);

const applies = (check: Check, input: CheckInput, named: ReadonlySet<string>): boolean =>
  check.at === input.role ||
  named.has(check.id) ||
  (check.at === undefined && check.deliverables === "any");

const NOT_WHILE_BLOCKED = "not run while other checks block";

const runOne = async (
  check: Check,
  input: CheckInput,
  before: readonly CheckResult[],
): Promise<CheckResult> => {
  if (isLater(check, input) && check.at !== undefined) {
    return { check: check.id, status: "later", later: check.at, findings: [], levels: [] };
  }
  input.signal.throwIfAborted();
  if (check.executes === true && before.some(({ status }) => status === "failed"))
    return skipped(check.id, NOT_WHILE_BLOCKED, { notTrained: NOT_WHILE_BLOCKED });
  return check.run(input).catch((error: unknown) => {
    if (input.signal.aborted) throw error;
    throw new BugError("CHECK_CRASHED", `check ${check.id} crashed: ${messageOf(error)}`, {
      cause: error,
    });
  });
};

const RANK = { block: 0, warn: 1, info: 2 } as const;
const byPlace = (a: Finding, b: Finding): number =>
  RANK[a.severity] - RANK[b.severity] ||
  (a.file ?? "").localeCompare(b.file ?? "", "en") ||
  (a.line ?? 0) - (b.line ?? 0);

/** Ids that a contract names and no check has: a defect of the brief, shown as a skipped check and a blocking finding. */
const unknownChecks = (
  named: ReadonlySet<string>,
  checks: readonly Check[],
): readonly CheckResult[] =>
  [...named]
    .filter((id) => !checks.some((check) => check.id === id))
    .map((id) => ({
      ...skipped(id, "the contract names a check that does not exist"),
      findings: [
        {
          rule: "unknown-check",
          severity: "block",
          file: null,
          line: null,
          message: `the contract names the check ${id}, which does not exist`,
        },
      ],
    }));

const countsOf = (results: readonly CheckResult[], findings: readonly Finding[]) => {
  const of = (severity: Finding["severity"]) =>
    findings.filter((one) => one.severity === severity).length;
  const withStatus = (status: CheckResult["status"]) =>
    results.filter((one) => one.status === status).length;
  return {
    block: of("block"),
    warn: of("warn"),
    info: of("info"),
    later: withStatus("later"),
    skipped: withStatus("skipped"),
  };
};

/**
 * Runs the checks of one step, one after the other in the order of the catalog, cheap ones first. Checks that execute code
 * run only while nothing blocks. BugError CHECK_CRASHED when a check itself breaks; an abort is thrown as it came.
 */
export const runChecks = async (
  input: CheckInput,
  checks: readonly Check[] = CHECKS,
): Promise<CheckReport> => {
  const named = namedBy(input);
  const results: CheckResult[] = [...unknownChecks(named, checks)];
  for (const check of checks.filter((one) => applies(one, input, named))) {
    input.progress(`check ${check.id}`);
    results.push(await runOne(check, input, results));
  }
  const findings = results.flatMap((result) => result.findings).sort(byPlace);
  const files = levelsByFile(input.own, results);
  const counts = countsOf(results, findings);
  return {
    results,
    findings,
    green: counts.block === 0,
    counts,
    levelsByFile: files,
    levelCounts: countLevels(files.values()),
    levelByDeliverable: levelByDeliverable(input.briefs[input.role].deliverables, files),
    lowest: lowestLevel([...files.values()].map(({ level }) => level)),
    evidence: Object.fromEntries(
      results.flatMap((result) => (result.evidence ? [[result.check, result.evidence]] : [])),
    ),
  };
};

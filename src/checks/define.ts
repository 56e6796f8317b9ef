import type { Check, CheckInput, CheckResult, Finding, GivenLevel } from "./types.ts";

/** Gives a check object its type; the definition is data, its `run` reads only its input. */
export const defineCheck = (check: Check): Check => check;

/** What a check saw, before a status is drawn from it. */
interface Seen {
  readonly findings: readonly Finding[];
  readonly levels?: readonly GivenLevel[];
  readonly weaker?: Readonly<Record<string, string>>;
  readonly evidence?: Readonly<Record<string, unknown>>;
}

/** `failed` when anything blocks, else `passed`; a file with a blocking finding gets no level. */
export const resultOf = (check: string, seen: Seen): CheckResult => {
  const blocked = seen.findings.filter((finding) => finding.severity === "block");
  const bad = new Set(blocked.map((finding) => finding.file));
  return {
    check,
    status: blocked.length > 0 ? "failed" : "passed",
    findings: seen.findings,
    levels: (seen.levels ?? []).filter((level) => !bad.has(level.path)),
    ...(seen.weaker ? { weaker: seen.weaker } : {}),
    ...(seen.evidence ? { evidence: seen.evidence } : {}),
  };
};

/** Nothing was looked at, with the reason. */
export const skipped = (
  check: string,
  reason: string,
  evidence?: Readonly<Record<string, unknown>>,
): CheckResult => ({
  check,
  status: "skipped",
  reason,
  findings: [],
  levels: [],
  ...(evidence ? { evidence } : {}),
});

/** A blocking finding. */
export const blocks = (
  rule: string,
  file: string | null,
  line: number | null,
  message: string,
): Finding => ({ rule, severity: "block", file, line, message });

/** The step's own files whose path matches, with their text; binary files are left out. */
export const ownTexts = (
  input: CheckInput,
  matches: (path: string) => boolean,
): readonly { readonly path: string; readonly text: string }[] =>
  input.own.flatMap((path) => {
    const text = matches(path) ? input.files.text(path) : null;
    return text === null ? [] : [{ path, text }];
  });

/** Line (from 1) of a character offset. */
export const lineAt = (text: string, offset: number): number =>
  text.slice(0, offset).split("\n").length;

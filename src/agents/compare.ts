import type { Finding } from "../checks/types.ts";
import type { Comment } from "../engine/command.ts";
import type { CompareWithDraft, RenderFindings } from "./refine-ports.ts";
import { hostsIn, suspicionsIn } from "./suspicious.ts";
import { type Telling, toldFinding } from "./told-output.ts";
import { readableText } from "./tools/paths.ts";
import type { Submission, Workspace } from "./tools/tool.ts";
import { plainJson } from "./untrusted.ts";
import { weakenedRules } from "./weakened-rules.ts";
import { weakenedTests } from "./weakened-tests.ts";

/** Findings that one answer lists; the rest is counted. */
const MOST_FINDINGS = 40;

type Files = ReadonlyMap<string, Uint8Array>;

/** Trains draft and submission on the same rows and compares them on the same hold-out; no findings where nothing is worse. */
export type CompareTraining = (
  draft: Files,
  now: Files,
  signal: AbortSignal,
) => Promise<readonly Finding[]>;

export interface CompareDeps {
  /** Comments that the attempt has to answer. */
  readonly comments: readonly Comment[];
  /** Null where the role's files do not train. */
  readonly training: CompareTraining | null;
}

const textsOf = (files: Files): ReadonlyMap<string, string> =>
  new Map(
    [...files].flatMap(([path, bytes]): (readonly [string, string])[] => {
      const text = readableText(bytes);
      return text === null ? [] : [[path, text]];
    }),
  );

/** Paths whose bytes differ between two trees, those that are in one alone included; sorted. */
export const changedPaths = (before: Files, after: Files): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => {
      const [old, fresh] = [before.get(path), after.get(path)];
      return old === undefined || fresh === undefined || Buffer.compare(old, fresh) !== 0;
    })
    .sort();

const finding = (
  rule: string,
  severity: Finding["severity"],
  file: string | null,
  line: number | null,
  message: string,
): Finding => ({ rule, severity, file, line, message });

/** What people asked for is compared with what they saw: the files of the attempt before, for a first one the draft. */
const judgedAgainst = ({ draft, previous }: Workspace): Files =>
  previous.size > 0 ? previous : draft;

const unproved = (
  workspace: Workspace,
  { resolutions }: Submission,
  comments: readonly Comment[],
): readonly Finding[] => {
  const changed = new Set(changedPaths(judgedAgainst(workspace), workspace.files()));
  return resolutions.flatMap(({ commentId, files, status }): readonly Finding[] => {
    const asked = comments.find(({ id }) => id === commentId);
    // A question is answered in words.
    if (status === "done" && files.length === 0 && asked?.severity !== "question")
      return [
        finding(
          "resolution",
          "block",
          null,
          null,
          `${commentId} is said to be done and names no file: name those that you changed for it, or say "partly" or "declined"`,
        ),
      ];
    return files
      .filter((path) => !changed.has(path))
      .map((path) =>
        finding(
          "resolution",
          "block",
          path,
          null,
          `${commentId} is said to be ${status} in ${path}, which has not changed: change it, or do not name it`,
        ),
      );
  });
};

/** Changed files that neither a comment asked for nor a resolution names: people would not look for them. */
const unnamed = (
  workspace: Workspace,
  { resolutions }: Submission,
  comments: readonly Comment[],
): readonly Finding[] => {
  if (comments.length === 0) return [];
  const named = new Set(resolutions.flatMap(({ files }) => files));
  return changedPaths(judgedAgainst(workspace), workspace.files())
    .filter((path) => !named.has(path))
    .map((path) =>
      finding(
        "resolution",
        "block",
        path,
        null,
        "changed without a comment: name it in the files of the resolution it belongs to, or put it back",
      ),
    );
};

const suspicious = (
  draft: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
  upstream: ReadonlyMap<string, string>,
): readonly Finding[] => {
  const hosts = new Set([...draft.values(), ...upstream.values()].flatMap(hostsIn));
  return [...now].flatMap(([path, text]): readonly Finding[] => {
    if (draft.get(path) === text) return [];
    const before = new Set(
      suspicionsIn(draft.get(path) ?? "", hosts).map(({ rule, words }) => rule + words),
    );
    return suspicionsIn(text, hosts)
      .filter(({ rule, words }) => !before.has(rule + words))
      .map(({ line, rule, words }) =>
        finding(
          rule,
          rule === "foreign-address" ? "warn" : "block",
          path,
          line,
          `"${words}" has no place in a file of the pipeline`,
        ),
      );
  });
};

/**
 * Decides by code that a submission is no worse than the draft: no test, assertion, rule or check of it removed, skipped or loosened;
 * every resolution proved by the real diff; nothing aimed at reviewers or models; and where the files train, the hold-out no worse.
 * The training is compared only when nothing else blocks. The contract's own checks run at the submission.
 */
export const createCompare =
  ({ comments, training }: CompareDeps): CompareWithDraft =>
  async (workspace, submission, signal) => {
    const [draft, now] = [textsOf(workspace.draft), textsOf(workspace.files())];
    const findings = [
      ...weakenedTests(draft, now),
      ...weakenedRules(draft, now),
      ...unproved(workspace, submission, comments),
      ...unnamed(workspace, submission, comments),
      ...suspicious(draft, now, textsOf(workspace.upstream)),
    ];
    const blocked = findings.some(({ severity }) => severity === "block");
    const same = changedPaths(workspace.draft, workspace.files()).length === 0;
    if (blocked || same || training === null) return findings;
    return [...findings, ...(await training(workspace.draft, workspace.files(), signal))];
  };

const RANK = { block: 0, warn: 1, info: 2 } as const;

/** What a refused submission is told: its findings as lines, blocking ones first, 40 at most and the rest counted. */
export const createRenderFindings =
  (telling: () => Telling): RenderFindings =>
  (findings) => {
    const told = telling();
    const sorted = [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
    const lines = sorted.slice(0, MOST_FINDINGS).map((one) => {
      const { file, line, message, rule, severity } = toldFinding(one, told);
      return plainJson({ rule, severity, file, line, message: message.slice(0, 600) });
    });
    const rest = sorted.length - lines.length;
    return [
      "Not accepted. Findings, what blocks first:",
      ...lines,
      ...(rest > 0 ? [`and ${rest} more`] : []),
      "Next: mend what blocks, check_run, then submit again.",
    ].join("\n");
  };

import { defineCheck, lineAt, resultOf, skipped } from "./define.ts";
import { makeRules } from "./makefile.ts";
import { judgedNow, LAST_ROLE } from "./repo-paths.ts";
import type { CheckInput, Finding } from "./types.ts";

const ID = "make-targets-exist";
const DOCUMENT = /\.(md|ya?ml|sh|toml|Dockerfile)$|(^|\/)(Dockerfile|Jenkinsfile)[^/]*$/;
// A command, not prose ("make sure"): at the start of a line, after a prompt, a key, a backtick, a quote or another command.
const CALL =
  /(?:^|[`"'$]\s*|&&\s*|;\s*|\|\s*|(?:run|script|command|cmd):\s*(?:\|\s*)?|^\s*-\s+)make((?:[ \t]+[\w.=/$(){}-]+)+)/gm;
/** Words after "make" in prose at the start of a line. */
const PROSE = new Set(
  "sure the a an it its them this that these those every each no any up".split(" "),
);

const targetsOf = (words: string): readonly string[] => {
  const parts = words.trim().split(/[ \t]+/);
  if (parts.some((part) => part === "-C" || part === "-f")) return [];
  return parts.filter((part) => /^[a-z][a-z0-9-]*$/.test(part));
};

const calls = (path: string, text: string) =>
  [...text.matchAll(CALL)].flatMap((match) => {
    // In Markdown prose only code counts; a line that starts with "make" inside a paragraph is a sentence.
    const opener = match[0].slice(0, match[0].indexOf("make")).trim();
    const targets = targetsOf(match[1] ?? "");
    const bare = opener === "" && path.endsWith(".md") && !isFenced(text, match.index);
    if (bare || PROSE.has(targets[0] ?? "the")) return [];
    // After a bare command line everything is a target; inside a sentence's code span too.
    return targets.map((target) => ({
      target,
      line: lineAt(text, match.index + match[0].length - 1),
    }));
  });

const isFenced = (text: string, offset: number): boolean =>
  (text.slice(0, offset).match(/^\s*```/gm)?.length ?? 0) % 2 === 1;

const severityNow = (input: CheckInput): Finding["severity"] =>
  input.role === LAST_ROLE ? "block" : "info";

/**
 * Every `make x` in documents, CI and runbooks is a target of the Makefile. Targets of later roles do not exist yet, so that
 * only the last role's step blocks; before it an unknown target is shown.
 */
export const makeTargetsExist = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) => {
    const makefile = input.files.text("Makefile");
    if (makefile === null) return skipped(ID, "the repository has no Makefile yet");
    const known = new Set(makeRules(makefile).map(({ target }) => target));
    const files = judgedNow(input).filter((path) => DOCUMENT.test(path));
    const findings = files.flatMap((path) =>
      calls(path, input.files.text(path) ?? "")
        .filter(({ target }) => !known.has(target))
        .map(
          ({ target, line }): Finding => ({
            rule: ID,
            severity: severityNow(input),
            file: path,
            line,
            message: `make ${target} is not a target of the Makefile`,
          }),
        ),
    );
    return resultOf(ID, { findings });
  },
});

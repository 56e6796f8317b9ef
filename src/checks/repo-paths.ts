import { matchesGlob } from "../spec/glob.ts";
import { ROLES, type Role } from "../spec/roles.ts";
import type { CheckInput } from "./types.ts";

/** Files that code assembles, some only after the step; see design.md section 8. */
const ASSEMBLED =
  /^(README\.md|Makefile|pyproject\.toml|pipeline\.lock\.json|spec\.yaml|\.gitignore|scorecard\/criteria\.yaml|locks\/[a-z-]+\.txt)$/;

/** True for the files that code assembles and no specialist owns. */
export const isAssembled = (path: string): boolean => ASSEMBLED.test(path);

/** The role after which every file of the repository exists. */
export const LAST_ROLE: Role = ROLES[ROLES.length - 1] ?? "observability-engineer";

/** True when the path is a file, or a folder that holds one. */
export const pathExists = (input: CheckInput, path: string): boolean => {
  const clean = path.replace(/\/+$/, "");
  return (
    clean === "" || input.files.list.some((file) => file === clean || file.startsWith(`${clean}/`))
  );
};

/** True when the file may still come: the contract of a later role names it, or code assembles it. */
export const isPromised = (input: CheckInput, path: string): boolean => {
  if (ASSEMBLED.test(path)) return true;
  const later = ROLES.slice(ROLES.indexOf(input.role) + 1);
  const clean = path.replace(/\/+$/, "");
  return later.some((role) =>
    input.briefs[role].deliverables.some(({ files }) =>
      files.some((glob) => matchesGlob(glob, clean) || glob.startsWith(`${clean}/`)),
    ),
  );
};

/** True for what a run of the repository makes and `.gitignore` keeps out of it. */
export const isMadeAtRun = (input: CheckInput, path: string): boolean => {
  const ignored = (input.files.text(".gitignore") ?? "").split("\n").map((line) => line.trim());
  return [
    "artifacts/",
    ".venv/",
    "predictions/",
    ...ignored.filter((line) => line !== "" && !line.startsWith("#")),
  ].some((line) => {
    const prefix = line
      .replace(/^\//, "")
      .replace(/\/?\*+$/, "")
      .replace(/\/+$/, "");
    return (
      prefix !== "" && (path === prefix || path.startsWith(`${prefix}/`) || matchesGlob(line, path))
    );
  });
};

/** Files whose references are judged now: the step's own, and at the last step all, because nothing can come any more. */
export const judgedNow = (input: CheckInput): readonly string[] =>
  input.role === LAST_ROLE ? input.files.list : input.own;

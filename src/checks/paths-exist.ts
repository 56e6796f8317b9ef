import { posix } from "node:path";
import { blocks, defineCheck, lineAt, resultOf } from "./define.ts";
import { isMadeAtRun, isPromised, judgedNow, pathExists } from "./repo-paths.ts";
import type { CheckInput, Finding } from "./types.ts";

const ID = "paths-exist";
const DOCUMENT = /\.(md|ya?ml|toml)$|^\.github\//;
const TOP =
  "src|conf|features|tracking|orchestration|expectations|streaming|deploy|infra|k8s|monitoring|cost|tests|docs|runbooks|scorecard|locks|\\.github";
// A path of this repository: a known top folder and a file name with an ending. What goes on with a pattern or a placeholder is none.
const PATH = new RegExp(
  `(?<![\\w./@:-])(?:\\./)?((?:${TOP})/[\\w./-]*\\w\\.[a-z]{1,10})(?![\\w*<{$/-]|\\.\\w)`,
  "g",
);

const missing = (input: CheckInput, path: string, text: string): readonly Finding[] =>
  [...text.matchAll(PATH)].flatMap((match) => {
    const target = posix.normalize(match[1] ?? "");
    const beside = posix.join(posix.dirname(path), target);
    const found = [target, beside].some(
      (one) => pathExists(input, one) || isPromised(input, one) || isMadeAtRun(input, one),
    );
    return found ? [] : [blocks(ID, path, lineAt(text, match.index), `${target} does not exist`)];
  });

/** Files that configuration, CI and documents name exist, or a later role's contract promises them. */
export const pathsExist = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) =>
    resultOf(ID, {
      findings: judgedNow(input)
        .filter((path) => DOCUMENT.test(path))
        .flatMap((path) => missing(input, path, input.files.text(path) ?? "")),
    }),
});

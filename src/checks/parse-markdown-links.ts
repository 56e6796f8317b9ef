import { posix } from "node:path";
import { blocks, defineCheck, lineAt, resultOf } from "./define.ts";
import { isMadeAtRun, isPromised, judgedNow, pathExists } from "./repo-paths.ts";
import type { CheckInput, Finding } from "./types.ts";

const ID = "parse-markdown-links";
const LINK = /\[[^\]\n]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g;
const ELSEWHERE = /^([a-z][a-z0-9+.-]*:|#|\/\/)/i;

/** Blanks out fenced blocks and code spans, keeping the offsets. */
export const withoutCode = (text: string): string =>
  text.replace(/```[\s\S]*?(```|$)|`[^`\n]*`/g, (code) => code.replace(/[^\n]/g, " "));

const decoded = (target: string): string => {
  try {
    return decodeURI(target);
  } catch {
    return target; // A stray percent sign: judged as it stands.
  }
};

/** Links of one document that lead nowhere; `exists` is asked for paths of the repository. */
export const readLinks = (
  path: string,
  text: string,
  exists: (path: string) => boolean,
): readonly Finding[] =>
  [...withoutCode(text).matchAll(LINK)].flatMap((match) => {
    const target = match[1] ?? "";
    if (ELSEWHERE.test(target)) return [];
    const bare = decoded(target.split("#")[0] ?? "");
    const resolved = bare.startsWith("/") ? bare.slice(1) : posix.join(posix.dirname(path), bare);
    if (exists(resolved)) return [];
    return [blocks(ID, path, lineAt(text, match.index), `the link to ${target} leads nowhere`)];
  });

const broken = (input: CheckInput, path: string, text: string): readonly Finding[] =>
  readLinks(
    path,
    text,
    (target) =>
      pathExists(input, target) || isPromised(input, target) || isMadeAtRun(input, target),
  );

/** Relative links in Markdown lead to a file of the repository, or to one that a later role's contract promises. */
export const parseMarkdownLinks = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) => {
    const paths = judgedNow(input).filter((path) => path.endsWith(".md"));
    const files = paths.map((path) => ({ path, text: input.files.text(path) ?? "" }));
    return resultOf(ID, {
      findings: files.flatMap(({ path, text }) => broken(input, path, text)),
      levels: paths.map((path) => ({
        path,
        level: "parsed" as const,
        by: { check: ID, tool: "links", version: "1" },
      })),
    });
  },
});

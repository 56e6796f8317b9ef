import { blocks } from "./define.ts";
import { defineParser } from "./define-parser.ts";
import type { Finding } from "./types.ts";

const ID = "parse-ignore-files";

/** What is wrong with one pattern, or null. */
const patternProblem = (pattern: string): string | null => {
  if (pattern === "!" || pattern === "/") return "a pattern is empty";
  const classes = pattern.replaceAll(/\\./g, "").replaceAll(/\[[^\]]+\]/g, "");
  if (classes.includes("[")) return "a [ is not closed";
  return /\*{3,}/.test(pattern) ? "three stars mean nothing" : null;
};

/** What is wrong with the patterns of one ignore file. */
export const readIgnoreFile = (path: string, text: string): readonly Finding[] =>
  text.split("\n").flatMap((line, index) => {
    const pattern = line.trim();
    const problem = pattern === "" || pattern.startsWith("#") ? null : patternProblem(pattern);
    return problem === null ? [] : [blocks(ID, path, index + 1, problem)];
  });

/** Ignore files (.dockerignore, .helmignore, .gitignore): one pattern per line, each well formed. */
export const parseIgnoreFiles = defineParser({
  id: ID,
  tool: "patterns",
  version: "1",
  matches: (path) => /(^|\/|\.)(docker|helm|git|dvc)ignore$/.test(path),
  parse: readIgnoreFile,
});

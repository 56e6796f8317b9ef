import { blocks } from "./define.ts";
import { defineParser } from "./define-parser.ts";
import { isMadeAtRun, isPromised, pathExists } from "./repo-paths.ts";
import type { CheckInput, Finding } from "./types.ts";

const ID = "parse-dockerfile";
const KNOWN = new Set(
  "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split(
    " ",
  ),
);

interface Instruction {
  readonly name: string;
  readonly rest: string;
  readonly line: number;
}

/** Joins continued lines, drops comments and the bodies of heredocs. */
const instructions = (text: string): readonly Instruction[] => {
  const found: Instruction[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const start = at;
    let whole = lines[at] ?? "";
    if (/^\s*(#|$)/.test(whole)) continue;
    while (whole.endsWith("\\") && at < lines.length - 1) {
      at++;
      const next = lines[at] ?? "";
      whole = whole.slice(0, -1) + (/^\s*#/.test(next) ? "\\" : ` ${next.trim()}`);
    }
    const heredoc = /<<-?["']?([A-Za-z_]+)["']?/.exec(whole)?.[1];
    while (heredoc !== undefined && at < lines.length - 1 && lines[at]?.trim() !== heredoc) at++;
    const [, name = "", rest = ""] = /^\s*(\S+)\s*(.*)$/.exec(whole) ?? [];
    found.push({ name: name.toUpperCase(), rest: rest.trim(), line: start + 1 });
  }
  return found;
};

const isJsonList = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === "string");
  } catch {
    return false;
  }
};

const fromProblem = (rest: string): string | null => {
  const image = /^(?:--platform=\S+\s+)?(\S+)(?:\s+as\s+\S+)?$/i.exec(rest)?.[1];
  if (image === undefined) return "expected FROM image [AS name]";
  return /:latest$/.test(image) ? "the image has no fixed version" : null;
};

const copyProblem = (
  input: CheckInput,
  rest: string,
  stages: ReadonlySet<string>,
): string | null => {
  const from = /--from=(\S+)/.exec(rest)?.[1];
  if (from !== undefined)
    return stages.has(from) || from.includes("/") || from.includes(":")
      ? null
      : `there is no stage ${from}`;
  if (rest.startsWith("[") || rest.includes("<<")) return null;
  const words = rest.split(/\s+/).filter((word) => !word.startsWith("--"));
  if (words.length < 2) return "expected a source and a destination";
  const missing = words.slice(0, -1).filter((source) => {
    const path = source.replace(/^\.?\//, "");
    if (/[*?$]/.test(path) || path === "." || path === "") return false;
    return !pathExists(input, path) && !isPromised(input, path) && !isMadeAtRun(input, path);
  });
  return missing.length > 0 ? `${missing.join(", ")} is not in the repository` : null;
};

const problemOf = (
  input: CheckInput,
  one: Instruction,
  stages: ReadonlySet<string>,
): string | null => {
  if (!KNOWN.has(one.name)) return `unknown instruction ${one.name.slice(0, 40)}`;
  if (one.rest === "") return `${one.name} has no argument`;
  if (one.name === "FROM") return fromProblem(one.rest);
  if (one.name === "COPY" || one.name === "ADD") return copyProblem(input, one.rest, stages);
  const list = (one.name === "CMD" || one.name === "ENTRYPOINT") && one.rest.startsWith("[");
  return list && !isJsonList(one.rest) ? `${one.name} is not a JSON list of strings` : null;
};

const examine = (path: string, text: string, input: CheckInput): readonly Finding[] => {
  const all = instructions(text);
  const first = all.find(({ name }) => name !== "ARG");
  if (first?.name !== "FROM")
    return [blocks(ID, path, first?.line ?? 1, "the first instruction must be FROM")];
  const stages = new Set<string>();
  return all.flatMap((one) => {
    const problem = problemOf(input, one, stages);
    const stage = one.name === "FROM" ? /\bas\s+(\S+)$/i.exec(one.rest)?.[1] : undefined;
    if (one.name === "FROM") stages.add(String(stages.size));
    if (stage !== undefined) stages.add(stage);
    return problem === null ? [] : [blocks(ID, path, one.line, problem)];
  });
};

/** Dockerfiles: known instructions, stages that exist, sources that are in the repository, images with a version. */
export const parseDockerfile = defineParser({
  id: ID,
  tool: "grammar",
  version: "1",
  matches: (path) =>
    /(^|\/)(Dockerfile[^/]*|[^/]+\.Dockerfile)$/.test(path) && !path.endsWith(".dockerignore"),
  parse: examine,
});

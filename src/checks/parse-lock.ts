import { blocks } from "./define.ts";
import type { Finding } from "./types.ts";

const ID = "parse-lock";
// A pinned requirement as pip reads it: name, extras, exact version, marker (PEP 440, PEP 508).
const PIN =
  /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[A-Za-z0-9._,-]+\])?==[A-Za-z0-9.!+_-]+(?:\s*;\s*\S.*)?$/;

const normal = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");

/** What is wrong with a lock of Python packages: every line pins one package exactly, and none twice. */
export const readLock = (path: string, text: string): readonly Finding[] => {
  const seen = new Map<string, number>();
  return text.split("\n").flatMap((line, at) => {
    if (line.trim() === "" || line.startsWith("#")) return [];
    const name = PIN.exec(line)?.[1];
    if (name === undefined)
      return [blocks(ID, path, at + 1, `"${line.slice(0, 80)}" is no exact pin`)];
    const before = seen.get(normal(name));
    seen.set(normal(name), at + 1);
    return before === undefined
      ? []
      : [blocks(ID, path, at + 1, `${name} is pinned on line ${before} already`)];
  });
};

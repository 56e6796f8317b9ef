import type { TemplateToken } from "./template-tokens.ts";

/** A `.Values.a.b` that a template reads. */
export interface ValuesRead {
  readonly path: readonly string[];
  readonly line: number;
  /** True where the template itself says what to do when it is absent. */
  readonly optional: boolean;
}

const READ = /(?<![\w)\].])\$?\.Values((?:\.\w+)+)/g;

const withoutStrings = (code: string): string => code.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, '""');

/** Every value that the actions of a template read. */
export const valuesReads = (tokens: readonly TemplateToken[]): readonly ValuesRead[] =>
  tokens.flatMap((token) => {
    if (token.kind !== "action" || token.code.startsWith("/*")) return [];
    const code = withoutStrings(token.code);
    const optional = /\b(default|hasKey|coalesce|dig|get)\b/.test(code);
    return [...code.matchAll(READ)].map((match) => ({
      path: (match[1] ?? "").slice(1).split("."),
      line: token.line,
      optional,
    }));
  });

/** True when the values hold the path; below an empty map anything may be given later, so it holds there too. */
export const hasPath = (values: unknown, path: readonly string[]): boolean => {
  let at: unknown = values;
  for (const [index, key] of path.entries()) {
    if (typeof at !== "object" || at === null || Array.isArray(at)) return false;
    if (index > 0 && Object.keys(at).length === 0) return true;
    if (!Object.hasOwn(at, key)) return false;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return true;
};

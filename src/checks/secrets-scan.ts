import { blocks, defineCheck, lineAt, ownTexts, resultOf } from "./define.ts";
import type { Finding } from "./types.ts";

const ID = "secrets-scan";

const PATTERNS: readonly (readonly [string, RegExp])[] = [
  ["a private key", /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----/],
  ["an AWS access key", /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ["a Slack token", /\bxox[abeoprs]-[0-9A-Za-z-]{10,}/],
  [
    "a Slack webhook",
    /hooks\.slack\.com\/services\/T[0-9A-Z]{6,}\/B[0-9A-Z]{6,}\/[0-9A-Za-z]{16,}/,
  ],
  ["a GitHub token", /\b(?:gh[pousr]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{40,})/],
  ["a Google key", /\bAIza[0-9A-Za-z_-]{35}\b/],
  ["a model provider's key", /\bsk-(?:ant-|proj-)?[0-9A-Za-z_-]{24,}/],
  ["a signed token", /\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}/],
  [
    "a password in an address",
    /\b[a-z][a-z0-9+]*:\/\/[^\s:/@"'<>${}]+:(?![*<$]|password|secret|changeme|example)[^\s:/@"'<>${}]{6,}@/i,
  ],
];

const ASSIGNED =
  /\b([\w-]*(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key)[\w-]*)["']?\s*[:=]\s*["']([^"'\s]{16,})["']/gi;
/** Bits per character from which a text of 16 or more looks drawn at random; words and paths stay below. */
const RANDOM_BITS = 3.6;

/** Shannon entropy of a text in bits per character, >= 0. */
export const entropyOf = (text: string): number => {
  const counts = new Map<string, number>();
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const share = count / text.length;
    return sum - share * Math.log2(share);
  }, 0);
};

// References and placeholders name a secret without holding one.
const isReference = (value: string): boolean =>
  /^[<${%]|\$\{|\{\{|^(?:arn|vault|file|https?|secretsmanager|projects):?[/:]|example|placeholder|^[a-z]+([-_./][a-z0-9]+)*$/i.test(
    value,
  );

const assigned = (path: string, text: string): readonly Finding[] =>
  [...text.matchAll(ASSIGNED)].flatMap((match) => {
    const value = match[2] ?? "";
    const random = /\d/.test(value) && /[a-z]/i.test(value) && entropyOf(value) >= RANDOM_BITS;
    if (!random || isReference(value)) return [];
    return [
      blocks(
        ID,
        path,
        lineAt(text, match.index),
        `${match[1]} is given a value that looks like a secret`,
      ),
    ];
  });

const scan = (path: string, text: string): readonly Finding[] => [
  ...PATTERNS.flatMap(([what, pattern]) => {
    const found = pattern.exec(text);
    return found ? [blocks(ID, path, lineAt(text, found.index), `holds ${what}`)] : [];
  }),
  ...assigned(path, text),
];

/** No file holds a key, a token or a password. The finding says what kind and where, never the value. */
export const secretsScan = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) =>
    resultOf(ID, {
      findings: ownTexts(input, () => true).flatMap(({ path, text }) => scan(path, text)),
    }),
});

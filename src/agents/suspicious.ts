/** What a text says that a specialist has no business saying. */
export interface Suspicion {
  readonly rule: "claims-approval" | "mentions-people" | "addresses-reader" | "foreign-address";
  readonly line: number;
  readonly words: string;
}

const PATTERNS: readonly (readonly [Suspicion["rule"], RegExp])[] = [
  [
    "claims-approval",
    /\b(?:this|everything|(?:the|all) (?:phase|run|handoff|change|model|release|file|work)s?)\b.{0,20}\b(?:is|are|was|were|been|already|hereby)\s+(?:pre-|auto-)?approved\b|^approved\b|\bapproval (?:is |was )?(?:granted|given)\b|\bno further (?:review|approval) (?:is )?(?:needed|required)\b|\bLGTM\b/im,
  ],
  [
    "mentions-people",
    /<!(?:channel|here|everyone|subteam)|<@[UW][A-Z0-9]{5,}>|(?:^|\s)@(?:channel|here|everyone)\b/,
  ],
  [
    "addresses-reader",
    /\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:previous|prior|above|earlier|all|your|system)\b.{0,20}\b(?:instructions?|rules?|prompts?|guidelines?)\b|\b(?:you are|act as) (?:now )?an? (?:AI|assistant|language model)\b|\b(?:reviewers?|approvers?)\b.{0,20}\b(?:must|should|please|need to)\b.{0,20}\b(?:approve|accept|sign|skip)\b|<\/?(?:untrusted|system|assistant)\b/i,
  ],
];

const ADDRESS = /\bhttps?:\/\/([a-z0-9.-]+)(?::\d+)?/gi;
/** Names that lead nowhere (RFC 2606, RFC 6761) or to this machine. */
const NOWHERE =
  /(?:^|\.)(?:localhost|example|test|invalid|local|internal|example\.(?:com|org|net))$|^127\.|^0\.0\.0\.0$|^[^.]+$/;

const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length;

/** Hosts that a text names. */
export const hostsIn = (text: string): readonly string[] =>
  [...text.matchAll(ADDRESS)].map((match) => (match[1] ?? "").toLowerCase());

/**
 * Claims of approval, calls to people, text aimed at reviewers or models, and addresses of hosts that are not in `hosts`. The first of
 * each kind; addresses each once.
 */
export const suspicionsIn = (text: string, hosts: ReadonlySet<string>): readonly Suspicion[] => {
  const found = PATTERNS.flatMap(([rule, pattern]): Suspicion[] => {
    const match = pattern.exec(text);
    return match
      ? [{ rule, line: lineOf(text, match.index), words: match[0].trim().slice(0, 80) }]
      : [];
  });
  const seen = new Set<string>();
  for (const match of text.matchAll(ADDRESS)) {
    const host = (match[1] ?? "").toLowerCase();
    if (hosts.has(host) || NOWHERE.test(host) || seen.has(host)) continue;
    seen.add(host);
    found.push({ rule: "foreign-address", line: lineOf(text, match.index), words: host });
  }
  return found;
};

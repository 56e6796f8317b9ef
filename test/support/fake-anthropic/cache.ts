import { createHash } from "node:crypto";
import { tokensOfText, type WireRequest } from "./wire.ts";

/** Tokens of a prompt, by how they are billed. */
export interface PromptUsage {
  readonly input: number;
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
}

interface Piece {
  readonly hash: string;
  readonly tokens: number;
  readonly ttl: "5m" | "1h" | null;
}

const TTL_MS = { "5m": 5 * 60_000, "1h": 60 * 60_000 };
const LOOK_BACK = 20;
const SHORTEST_PREFIX = 1_024;

const ttlOf = (block: object): Piece["ttl"] => {
  const marker = (block as { cache_control?: { ttl?: "5m" | "1h" } | null }).cache_control;
  return marker ? (marker.ttl ?? "5m") : null;
};

const bare = (block: object): string => {
  const { cache_control: _marker, ...rest } = block as { cache_control?: unknown };
  return JSON.stringify(rest);
};

/** The blocks of a prompt in the order of its prefix; each hash covers everything before it. Markers are no content. */
export const piecesOf = (request: WireRequest): readonly Piece[] => {
  const system =
    typeof request.system === "string"
      ? [{ type: "text", text: request.system }]
      : (request.system ?? []);
  const blocks: object[] = [
    ...(request.tools ?? []).map((tool) => ({ ...tool, at: "tools" })),
    ...system.map((block) => ({ ...block, at: "system" })),
    ...request.messages.flatMap((message) =>
      (typeof message.content === "string"
        ? [{ type: "text", text: message.content }]
        : (message.content ?? [])
      ).map((block) => ({ ...block, at: message.role })),
    ),
  ];
  let before = request.model as string;
  return blocks.map((block, at) => {
    const text = bare(block);
    before = createHash("sha256").update(before).update(text).digest("hex");
    const automatic = at === blocks.length - 1 && request.cache_control ? "5m" : null;
    return { hash: before, tokens: tokensOfText(text), ttl: ttlOf(block) ?? automatic };
  });
};

/**
 * The prefix cache: entries are written where a marker stands, a marker looks back twenty blocks, a short prefix is ignored, reading
 * keeps an entry alive. Figures are simulated.
 */
export const createCache = (nowMs: () => number) => {
  const entries = new Map<string, { readonly ttl: "5m" | "1h"; until: number }>();
  const alive = (hash: string): boolean => (entries.get(hash)?.until ?? 0) > nowMs();
  const longestHit = (pieces: readonly Piece[]): number => {
    for (let at = pieces.length - 1; at >= 0; at--) {
      if (pieces[at]?.ttl === null) continue;
      for (let back = at; back >= 0 && back > at - LOOK_BACK; back--)
        if (alive(pieces[back]?.hash ?? "")) return back;
    }
    return -1;
  };
  return (request: WireRequest): PromptUsage => {
    const pieces = piecesOf(request);
    const sum = (from: number, to: number) =>
      pieces.slice(from, to).reduce((total, { tokens }) => total + tokens, 0);
    const hit = longestHit(pieces);
    const hitEntry = entries.get(pieces[hit]?.hash ?? "");
    if (hitEntry) hitEntry.until = nowMs() + TTL_MS[hitEntry.ttl];
    const usage = { input: 0, read: sum(0, hit + 1), write5m: 0, write1h: 0 };
    let from = hit + 1;
    for (const [at, { hash, ttl }] of pieces.entries()) {
      if (ttl === null || at <= hit || sum(0, at + 1) < SHORTEST_PREFIX) continue;
      usage[ttl === "1h" ? "write1h" : "write5m"] += sum(from, at + 1);
      from = at + 1;
      entries.set(hash, { ttl, until: nowMs() + TTL_MS[ttl] });
    }
    usage.input = sum(from, pieces.length);
    return usage;
  };
};

import type { Block, Message, ModelRequest, UsageEntry } from "./model.ts";

/** Answers get no less room than this; below it the budget is asked to be raised. */
export const LEAST_OUTPUT = 2_000;
/** Code and JSON come to about 2.5 bytes a token: two is on the safe side. */
const BYTES_PER_TOKEN = 2;

/** What a refused reservation would have needed and what is left in that scope. */
export interface Refused {
  readonly kind: "refused";
  readonly scope: string;
  readonly need: number;
  readonly have: number;
}

/**
 * The ledger as one attempt sees it. `reserve` holds the most that a call may come to, in every scope or in none; the same call again
 * holds nothing twice. `settle` replaces it by what the call came to: a bill (empty: nothing), or null for what is not known, which
 * counts as the whole reservation. It is accepted under a lost fence too: the money is gone either way.
 */
export interface Purse {
  readonly reserve: (
    call: string,
    most: { readonly model: string; readonly prompt: number; readonly maxTokens: number },
  ) => Promise<{ readonly kind: "held" } | Refused>;
  readonly settle: (
    call: string,
    model: string,
    bill: readonly UsageEntry[] | null,
    outcome: "ok" | "aborted" | "unknown",
  ) => Promise<void>;
  /** Share of the tightest cap that is spent, 0..1. */
  readonly share: () => Promise<number>;
  /** The scope whose cap was lowered below what is spent and held, or null. */
  readonly over: () => Promise<Refused | null>;
}

const bytesOf = (block: Block): number => {
  switch (block.type) {
    case "text":
    case "tool_result":
      return Buffer.byteLength(block.text);
    case "tool_use":
      return Buffer.byteLength(JSON.stringify(block.input)) + block.name.length;
    case "opaque":
      return Buffer.byteLength(JSON.stringify(block.body));
    default:
      return block satisfies never;
  }
};

const BYTES_PER_BLOCK = 40;

/** Tokens that messages come to at most, from their bytes. */
export const tokensOfMessages = (messages: readonly Message[]): number => {
  const bytes = messages
    .flatMap(({ content }) => content)
    .reduce((sum, block) => sum + bytesOf(block) + BYTES_PER_BLOCK, 0);
  return Math.ceil(bytes / BYTES_PER_TOKEN);
};

/** Tokens of the part of a request that stays the same: system and tools. */
export const tokensOfBase = (request: Pick<ModelRequest, "system" | "tools">): number => {
  const system = request.system.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return Math.ceil((system + Buffer.byteLength(JSON.stringify(request.tools))) / BYTES_PER_TOKEN);
};

/** Rooms to try, from the wanted one down to the least. */
export const roomsFrom = (maxTokens: number): readonly number[] => {
  const rooms: number[] = [];
  for (let room = maxTokens; room > LEAST_OUTPUT; room = Math.floor(room / 2)) rooms.push(room);
  return [...rooms, LEAST_OUTPUT];
};

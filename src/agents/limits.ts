import type { Block, Json } from "./model.ts";

/** From this share of tokens, turns or money on, the specialist is told to finish. */
export const WRAP_UP_SHARE = 0.8;
const LEFT = "Left: ";
const EQUAL_CALLS = 5;
const IDLE_TURNS = 10;

/** What a conversation has used of its brief's limits, and whether it gets on. */
export interface Pace {
  readonly turns: number;
  readonly tokens: number;
  readonly idle: number;
  readonly lastCall: string | null;
  readonly equal: number;
  readonly toldToFinish: boolean;
}

export const startPace: Pace = {
  turns: 0,
  tokens: 0,
  idle: 0,
  lastCall: null,
  equal: 0,
  toldToFinish: false,
};

/** JSON with sorted keys: the same value gives the same text. Never throws for JSON. */
export const stableJson = (value: Json | undefined): string => {
  if (Array.isArray(value)) return `[${value.map((item: Json) => stableJson(item)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value as { readonly [key: string]: Json })
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${stableJson(item)}`).join(",")}}`;
};

/** The pace after one turn: `content` is the reply's, `tokens` all that its calls used, `progress` whether a file changed or a check passed. */
export const paceAfter = (
  pace: Pace,
  turn: { readonly content: readonly Block[]; readonly tokens: number; readonly progress: boolean },
): Pace => {
  let { equal, lastCall } = pace;
  for (const block of turn.content) {
    if (block.type !== "tool_use") continue;
    const call = `${block.name} ${stableJson(block.input)}`;
    equal = call === lastCall ? equal + 1 : 1;
    lastCall = call;
  }
  return {
    ...pace,
    turns: pace.turns + 1,
    tokens: pace.tokens + turn.tokens,
    idle: turn.progress ? 0 : pace.idle + 1,
    lastCall,
    equal,
  };
};

/** Why a conversation may not go on, or null. */
export const stuck = (
  pace: Pace,
  limits: { readonly turns: number; readonly tokens: number },
): { readonly code: string; readonly message: string } | null => {
  if (pace.equal >= EQUAL_CALLS)
    return { code: "NO_PROGRESS", message: `the same call was made ${pace.equal} times in a row` };
  if (pace.idle >= IDLE_TURNS)
    return {
      code: "NO_PROGRESS",
      message: `${pace.idle} turns passed without a changed file or a passed check`,
    };
  if (pace.turns >= limits.turns)
    return { code: "TURN_LIMIT", message: `the brief's ${limits.turns} turns are used up` };
  if (pace.tokens >= limits.tokens)
    return { code: "TOKEN_LIMIT", message: `the brief's ${limits.tokens} tokens are used up` };
  return null;
};

/** Whether a note is the one that tells to finish. */
export const isWrapUp = (text: string): boolean => text.startsWith(LEFT);

/** What to tell the specialist at 80 % of anything, or null. `money` is the share of the tightest budget that is used, 0..1. */
export const wrapUp = (
  pace: Pace,
  limits: { readonly turns: number; readonly tokens: number },
  money: number,
): string | null => {
  if (pace.toldToFinish) return null;
  const near =
    pace.turns >= limits.turns * WRAP_UP_SHARE ||
    pace.tokens >= limits.tokens * WRAP_UP_SHARE ||
    money >= WRAP_UP_SHARE;
  if (!near) return null;
  const turns = Math.max(0, limits.turns - pace.turns);
  const tokens = Math.max(0, limits.tokens - pace.tokens);
  const budget = Math.max(0, Math.round((1 - money) * 100));
  return `${LEFT}${turns} turns, ${tokens} tokens, ${budget} % of the budget. Finish what you are doing, run check_run and call submit. Work that is not submitted is lost.`;
};

import { z } from "zod";
import { MICRO_PER_USD } from "../lib/money.ts";
import type { SettledCall } from "./claude-ports.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import { findRun } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

const DAY_MS = 86_400_000;
const MOST = 20_000;

const Line = z.strictObject({
  of: z.string(),
  cost_usd: z.number(),
  tokens: z.int(),
  calls: z.int(),
});

/** What Claude has cost: of one run, or of everything since some days ago. Throws RUN_NOT_FOUND. */
export const usageGet = defineOperation({
  name: "usage_get",
  title: "What Claude has cost",
  description:
    "Cost and tokens of Claude for a run or the last days, by phase, specialist and turn.",
  scope: "pipeline:read",
  toolset: "audit",
  annotations: READ,
  input: z.strictObject({
    run_id: z.string().optional(),
    days: z.int().min(1).max(366).default(7),
    /** Also one line per turn; of one run only. */
    turns: z.boolean().default(false),
  }),
  output: z.strictObject({
    cost_usd: z.number(),
    tokens: z.int(),
    /** Part of the prompts that was read from the cache, 0..1. */
    cache_share: z.number(),
    by_phase: z.array(Line),
    by_specialist: z.array(Line),
    by_model: z.array(Line),
    by_turn: z.array(Line).optional(),
  }),
});

const tokensOf = ({ tokens }: SettledCall): number =>
  tokens.input + tokens.output + tokens.read + tokens.write5m + tokens.write1h;

const linesBy = (
  calls: readonly SettledCall[],
  of: (call: SettledCall) => string,
): z.infer<typeof Line>[] => {
  const lines = new Map<string, z.infer<typeof Line>>();
  for (const call of calls) {
    const name = of(call);
    const line = lines.get(name) ?? { of: name, cost_usd: 0, tokens: 0, calls: 0 };
    lines.set(name, {
      of: name,
      cost_usd: line.cost_usd + call.microUsd / MICRO_PER_USD,
      tokens: line.tokens + tokensOf(call),
      calls: line.calls + 1,
    });
  }
  return [...lines.values()];
};

const cacheShare = (calls: readonly SettledCall[]): number => {
  const read = calls.reduce((sum, { tokens }) => sum + tokens.read, 0);
  const prompt = calls.reduce((sum, call) => sum + tokensOf(call) - call.tokens.output, 0);
  return prompt === 0 ? 0 : read / prompt;
};

const turnOf = (call: SettledCall): string => `${call.step ?? "?"} ${call.call.split(".")[0]}`;

export const createUsageGet =
  ({
    nowMs,
    runs,
    usage,
  }: Pick<CatalogDeps, "runs" | "usage" | "nowMs">): Handler<typeof usageGet> =>
  async ({ days, run_id, turns }) => {
    const run = run_id === undefined ? null : await findRun(runs, run_id);
    const query = run === null ? { sinceMs: nowMs() - days * DAY_MS } : { runId: run.runId };
    const calls = (await usage.calls({ ...query, limit: MOST })).filter((call) => !call.superseded);
    return {
      cost_usd: calls.reduce((sum, call) => sum + call.microUsd, 0) / MICRO_PER_USD,
      tokens: calls.reduce((sum, call) => sum + tokensOf(call), 0),
      cache_share: cacheShare(calls),
      by_phase: linesBy(calls, ({ phase }) => `phase ${phase ?? "?"}`),
      by_specialist: linesBy(calls, ({ step }) => step ?? "?"),
      by_model: linesBy(calls, ({ model }) => model),
      ...(turns && run !== null ? { by_turn: linesBy(calls, turnOf) } : {}),
    };
  };

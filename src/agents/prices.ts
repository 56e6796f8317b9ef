import { ConfigError } from "../lib/errors.ts";
import type { MicroUsd } from "../lib/money.ts";
import type { Usage, UsageEntry } from "./model.ts";

/** Prices of one model in micro-USD per million tokens, from a day on; `promptUpTo` bounds the whole prompt of the requests it holds for. */
export interface PriceRow {
  readonly model: string;
  /** ISO day, UTC. */
  readonly from: string;
  readonly promptUpTo?: number;
  readonly input: number;
  readonly output: number;
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
}

export interface PriceTable {
  readonly version: string;
  readonly rows: readonly PriceRow[];
}

const row = (
  model: string,
  [input, output, read, write5m, write1h]: readonly [number, number, number, number, number],
  more: { readonly from?: string; readonly promptUpTo?: number } = {},
): PriceRow => ({ model, from: "2026-01-01", ...more, input, output, read, write5m, write1h });

/** Published prices as of November 2026. Cache discounts differ by model, so every price is written out. */
export const PRICES: PriceTable = {
  version: "2026-11-01",
  rows: [
    row("claude-opus-5-5", [4_000_000, 20_000_000, 200_000, 5_000_000, 8_000_000]),
    row("claude-sonnet-5-5", [2_000_000, 10_000_000, 200_000, 2_500_000, 4_000_000]),
    row("claude-sonnet-5-5", [2_000_000, 10_000_000, 100_000, 2_500_000, 4_000_000], {
      from: "2026-10-07",
    }),
    row("claude-haiku-5-5", [100_000, 500_000, 10_000, 125_000, 200_000], { promptUpTo: 100_000 }),
    row("claude-haiku-5-5", [500_000, 2_500_000, 50_000, 625_000, 1_000_000]),
    row("claude-fable-5-2", [8_000_000, 40_000_000, 200_000, 10_000_000, 16_000_000]),
    row("claude-fable-5-1", [10_000_000, 50_000_000, 250_000, 12_500_000, 20_000_000]),
    row("claude-opus-5", [5_000_000, 25_000_000, 500_000, 6_250_000, 10_000_000]),
    row("claude-sonnet-5", [2_000_000, 10_000_000, 200_000, 2_500_000, 4_000_000]),
    row("claude-haiku-4-5", [1_000_000, 5_000_000, 100_000, 1_250_000, 2_000_000]),
  ],
};

const PER = 1_000_000;

/** The whole prompt of a request, tokens. */
export const promptOf = (usage: Usage): number =>
  usage.input + usage.read + usage.write5m + usage.write1h;

/** The row in force; null where the model has none. Never a neighbour's row. */
export const priceOf = (
  table: PriceTable,
  model: string,
  nowMs: number,
  promptTokens: number,
): PriceRow | null => {
  const day = new Date(nowMs).toISOString().slice(0, 10);
  const known = table.rows.filter((one) => one.model === model && one.from <= day);
  const latest = known
    .map((one) => one.from)
    .sort()
    .at(-1);
  const bands = known
    .filter((one) => one.from === latest)
    .sort((a, b) => (a.promptUpTo ?? Infinity) - (b.promptUpTo ?? Infinity));
  return bands.find((one) => promptTokens <= (one.promptUpTo ?? Infinity)) ?? null;
};

/** Refuses a model without a price before anything is spent. ConfigError PRICE_UNKNOWN. */
export const demandPrice = (table: PriceTable, model: string, nowMs: number): void => {
  if (priceOf(table, model, nowMs, 0) !== null) return;
  const known = [...new Set(table.rows.map((one) => one.model))].join(", ");
  throw new ConfigError("PRICE_UNKNOWN", `no price is known for ${model}; priced are ${known}`, {
    next: "choose a priced model, or add its price as a row of claude.prices",
  });
};

/** Micro-USD of these tokens at this row, rounded to the nearest once for the whole entry. */
const amountAt = (price: PriceRow, usage: Usage): MicroUsd =>
  Math.round(
    (usage.input * price.input +
      usage.output * price.output +
      usage.read * price.read +
      usage.write5m * price.write5m +
      usage.write1h * price.write1h) /
      PER,
  );

/** What a bill comes to; null when an entry names a model without a row. */
export const costOf = (
  table: PriceTable,
  bill: readonly UsageEntry[],
  nowMs: number,
): MicroUsd | null => {
  let sum = 0;
  for (const { model, usage } of bill) {
    const price = priceOf(table, model, nowMs, promptOf(usage));
    if (price === null) return null;
    sum += amountAt(price, usage);
  }
  return sum;
};

/**
 * The most that a request may come to: `known` tokens were in the prompt of the call before and its answer, `fresh` are new, and the
 * answer may use all of `maxTokens`. Each at the dearest price that could apply. ConfigError PRICE_UNKNOWN.
 */
export const mostOf = (
  table: PriceTable,
  model: string,
  nowMs: number,
  tokens: { readonly prompt: number; readonly maxTokens: number },
): MicroUsd => {
  demandPrice(table, model, nowMs);
  const price = priceOf(table, model, nowMs, tokens.prompt);
  if (price === null) return 0;
  const dearest = Math.max(price.input, price.write5m, price.write1h);
  return Math.ceil((tokens.prompt * dearest + tokens.maxTokens * price.output) / PER);
};

/** Sum of the tokens of a bill, under the field names of `UsageSettled`. */
export const tokensOf = (bill: readonly UsageEntry[]): Usage =>
  bill.reduce<Usage>(
    (sum, { usage }) => ({
      input: sum.input + usage.input,
      output: sum.output + usage.output,
      read: sum.read + usage.read,
      write5m: sum.write5m + usage.write5m,
      write1h: sum.write1h + usage.write1h,
      thinking: sum.thinking + usage.thinking,
    }),
    { input: 0, output: 0, read: 0, write5m: 0, write1h: 0, thinking: 0 },
  );

import type { MicroUsd } from "../../lib/money.ts";

/** One line of spend. Money is integer micro-USD; a line in another currency is kept apart and never added. */
export interface CostLine {
  /** UTC day, YYYY-MM-DD. */
  readonly day: string;
  /** `billed` lines are invoices, `estimate` lines are list prices (OpenCost) and never added to billed ones, `ledger` lines are model calls. */
  readonly source: "billed" | "estimate" | "ledger";
  readonly service: string;
  readonly serviceCategory: string;
  readonly resource: string | null;
  readonly pricingCategory: string | null;
  readonly chargeCategory: string;
  readonly commitmentStatus: "Used" | "Unused" | null;
  readonly billed: MicroUsd;
  readonly effective: MicroUsd;
  readonly list: MicroUsd;
  readonly quantity: number | null;
  readonly unit: string | null;
  readonly pipeline: string | null;
  readonly model: string | null;
  readonly run: string | null;
  readonly phase: string | null;
  readonly environment: string | null;
}

/** What a model call cost: a row of the projection `llm_call`. */
export interface LedgerCall {
  readonly atMs: number;
  readonly model: string;
  readonly microUsd: MicroUsd;
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly read: number;
    readonly write5m: number;
    readonly write1h: number;
    readonly thinking: number;
  };
  readonly outcome: string;
  readonly pipeline: string | null;
  readonly run: string | null;
  readonly phase: string | null;
}

/** Sums money, integer by integer. */
export const sumMicro = (amounts: readonly MicroUsd[]): MicroUsd =>
  amounts.reduce((sum, amount) => sum + amount, 0);

/** Money for people: cents below $100, whole dollars above. */
export const showUsd = (amount: MicroUsd): string => {
  const dollars = amount / 1_000_000;
  const fraction = Math.abs(dollars) < 100 ? 2 : 0;
  return `$${dollars.toLocaleString("en-US", { minimumFractionDigits: fraction, maximumFractionDigits: fraction })}`;
};

/** Model calls as the lines that a FOCUS export would give them; made when read, never stored twice. */
export const ledgerLines = (calls: readonly LedgerCall[]): readonly CostLine[] =>
  calls.map(({ atMs, microUsd, model, outcome, phase, pipeline, run, tokens }) => ({
    day: new Date(atMs).toISOString().slice(0, 10),
    source: "ledger",
    service: model,
    serviceCategory: "AI and Machine Learning",
    resource: null,
    pricingCategory: "Standard",
    chargeCategory: outcome === "correction" ? "Adjustment" : "Usage",
    commitmentStatus: null,
    billed: microUsd,
    effective: microUsd,
    list: microUsd,
    quantity: tokens.input + tokens.output + tokens.read + tokens.write5m + tokens.write1h,
    unit: "tokens",
    pipeline,
    model: null,
    run,
    phase,
    environment: null,
  }));

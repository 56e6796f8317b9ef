import { z } from "zod";
import { MICRO_PER_USD } from "../lib/money.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

/** What models and the cloud have cost. Never throws; other currencies are shown, never added. */
export const monitorCost = defineOperation({
  name: "monitor_cost",
  title: "Cost",
  description: "Spend of model calls and cloud: by pipeline, by model, against budgets.",
  scope: "pipeline:read",
  toolset: "monitoring",
  annotations: READ,
  input: z.strictObject({
    pipeline: z.string().optional(),
    days: z.int().min(1).max(90).default(30),
  }),
  output: z.strictObject({
    from: z.string(),
    until: z.string(),
    models_usd: z.number(),
    by_model: z.array(z.strictObject({ model: z.string(), usd: z.number(), calls: z.int() })),
    by_run: z.array(z.strictObject({ run: z.string(), usd: z.number() })),
    cloud: z.array(
      z.strictObject({
        service: z.string(),
        amount: z.number(),
        currency: z.string(),
        estimate: z.boolean(),
      }),
    ),
    budgets: z.array(
      z.strictObject({ scope: z.string(), used: z.number(), cap: z.number().optional() }),
    ),
    next: z.array(z.string()),
  }),
});

const SHOWN = 10;
const DAY_MS = 86_400_000;
const usd = (micro: number): number => micro / MICRO_PER_USD;

const summed = <T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  amountOf: (row: T) => number,
): readonly { readonly key: string; readonly amount: number; readonly count: number }[] => {
  const sums = new Map<string, { amount: number; count: number }>();
  for (const row of rows) {
    const sum = sums.get(keyOf(row)) ?? { amount: 0, count: 0 };
    sums.set(keyOf(row), { amount: sum.amount + amountOf(row), count: sum.count + 1 });
  }
  return [...sums]
    .map(([key, sum]) => ({ key, ...sum }))
    .sort((a, b) => b.amount - a.amount)
    .slice(0, SHOWN);
};

export const createMonitorCost =
  ({ costs, nowMs }: Pick<CatalogDeps, "costs" | "nowMs">): Handler<typeof monitorCost> =>
  async ({ days, pipeline }) => {
    const until = nowMs();
    const found = await costs.read({
      sinceMs: until - days * DAY_MS,
      untilMs: until,
      pipeline: pipeline ?? null,
    });
    const bill = summed(
      found.lines,
      (line) => JSON.stringify([line.service, line.currency, line.estimate]),
      (line) => line.effective,
    );
    return {
      from: new Date(until - days * DAY_MS).toISOString(),
      until: new Date(until).toISOString(),
      models_usd: usd(found.calls.reduce((sum, call) => sum + call.microUsd, 0)),
      by_model: summed(
        found.calls,
        (call) => call.model,
        (call) => call.microUsd,
      ).map(({ amount, count, key }) => ({ model: key, usd: usd(amount), calls: count })),
      by_run: summed(
        found.calls,
        (call) => call.run,
        (call) => call.microUsd,
      ).map(({ amount, key }) => ({ run: key, usd: usd(amount) })),
      cloud: bill.map(({ amount, key }) => {
        const [service, currency, estimate] = JSON.parse(key) as [string, string, boolean];
        return { service, amount: usd(amount), currency, estimate };
      }),
      budgets: found.budgets.slice(0, SHOWN).map(({ cap, scope, used }) => ({
        scope,
        used: usd(used),
        ...(cap === null ? {} : { cap: usd(cap) }),
      })),
      next: ["monitor_drift"],
    };
  };

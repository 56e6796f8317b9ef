import type { MicroUsd } from "../../lib/money.ts";
import type { LedgerCall } from "./cost-line.ts";
import type { Usage } from "./waste.ts";

/** A way to spend less, with what it rests on. Nothing is saved until the next bill says so: `verifiedUsd` comes from there. */
export interface Recommendation {
  readonly rule: "rightsize" | "idle_gpu" | "spot" | "off_hours" | "llm_cache" | "runaway_loop";
  readonly resource: string;
  readonly monthLow: MicroUsd;
  readonly monthHigh: MicroUsd;
  readonly risk: "low" | "medium" | "high";
  readonly sentence: string;
  readonly undo: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Monthly cost of a resource. */
export type MonthlyCost = ReadonlyMap<string, MicroUsd>;

const RIGHTSIZE_DAYS = 14;
const SPOT_DISCOUNT = { low: 0.5, high: 0.7 };

const rightsize = (usage: Usage, cost: MicroUsd): readonly Recommendation[] => {
  const { days, max, p95, request, resource } = usage;
  if (days < RIGHTSIZE_DAYS || p95 >= 0.5 * request) return [];
  const saved = (headroom: number) =>
    Math.max(0, 1 - (headroom * Math.max(p95, 0.5 * max)) / request);
  return [
    {
      rule: "rightsize",
      resource,
      monthLow: Math.round(cost * saved(1.3)),
      monthHigh: Math.round(cost * saved(1.15)),
      risk: "low",
      sentence: `${resource} asks for ${request} and uses ${p95} at its busiest 5 %: ask for less, with 15 to 30 % headroom`,
      undo: `set the request back to ${request}`,
      evidence: { request, p95, max, days },
    },
  ];
};

const idleGpu = ({ gpuP95, hours, resource }: Usage, cost: MicroUsd): readonly Recommendation[] =>
  gpuP95 === null || gpuP95 >= 0.05 || hours < 1
    ? []
    : [
        {
          rule: "idle_gpu",
          resource,
          monthLow: Math.round(cost * 0.8),
          monthHigh: cost,
          risk: hours >= 4 ? "medium" : "low",
          sentence:
            hours >= 4
              ? `${resource} has a GPU that has done nothing for ${hours} h: stop it`
              : `${resource} has a GPU that has done nothing for ${hours} h`,
          undo: "start it again",
          evidence: { gpu_p95: gpuP95, hours },
        },
      ];

const spot = (
  { interruptible, resource, spot: isSpot }: Usage,
  cost: MicroUsd,
): readonly Recommendation[] =>
  !interruptible || isSpot
    ? []
    : [
        {
          rule: "spot",
          resource,
          monthLow: Math.round(cost * SPOT_DISCOUNT.low),
          monthHigh: Math.round(cost * SPOT_DISCOUNT.high),
          risk: "medium",
          sentence: `${resource} can be interrupted and runs on demand: run it on spot capacity`,
          undo: "schedule it on demand again",
          evidence: { interruptible },
        },
      ];

const offHours = ({ environment, resource }: Usage, cost: MicroUsd): readonly Recommendation[] =>
  environment === null || environment === "prod"
    ? []
    : [
        {
          rule: "off_hours",
          resource,
          monthLow: Math.round(cost * 0.5),
          monthHigh: Math.round(cost * 0.7),
          risk: "low",
          sentence: `${resource} is ${environment} and runs at night: stop it outside working hours`,
          undo: "remove its schedule",
          evidence: { environment },
        },
      ];

/** Recommendations for resources, largest saving first. `months` are monthly costs by resource; one without a cost is left out. */
export const recommendResources = (
  usages: readonly Usage[],
  months: MonthlyCost,
): readonly Recommendation[] =>
  usages
    .flatMap((usage) => {
      const cost = months.get(usage.resource);
      if (cost === undefined || cost <= 0) return [];
      return [rightsize, idleGpu, spot, offHours].flatMap((rule) => rule(usage, cost));
    })
    .sort((a, b) => b.monthHigh - a.monthHigh);

const CACHE_TARGET = 0.6;
const LEAST_CALLS = 20;
/** A cached token costs a tenth of a fresh one. */
const CACHE_SAVING = 0.9;

const tokensOf = ({ tokens }: LedgerCall): number =>
  tokens.input + tokens.output + tokens.read + tokens.write5m + tokens.write1h;

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0;

const loops = (calls: readonly LedgerCall[]): readonly Recommendation[] => {
  const sums = new Map<string, number>();
  const key = ({ phase, run }: LedgerCall) => `${run ?? "?"} · phase ${phase ?? "?"}`;
  for (const call of calls) sums.set(key(call), (sums.get(key(call)) ?? 0) + tokensOf(call));
  return [...sums].flatMap(([resource, tokens]) => {
    const others = [...sums].filter(([name]) => name !== resource).map(([, n]) => n);
    const usual = percentile(others, 0.99);
    return others.length < LEAST_CALLS || tokens <= 3 * usual
      ? []
      : [
          {
            rule: "runaway_loop" as const,
            resource,
            monthLow: 0,
            monthHigh: 0,
            risk: "high" as const,
            sentence: `${resource} used ${tokens.toLocaleString("en-US")} tokens, more than three times what 99 % of phases use: look whether it loops`,
            undo: "nothing is changed",
            evidence: { tokens, p99: usual },
          },
        ];
  });
};

/** Recommendations for model calls of about a month: repeated prefixes that are not cached, and phases that seem to loop. */
export const recommendCalls = (calls: readonly LedgerCall[]): readonly Recommendation[] => {
  const read = calls.reduce((sum, { tokens }) => sum + tokens.read, 0);
  const fresh = calls.reduce(
    (sum, { tokens }) => sum + tokens.input + tokens.write5m + tokens.write1h,
    0,
  );
  const hits = read + fresh === 0 ? 1 : read / (read + fresh);
  const spent = calls.reduce((sum, { microUsd }) => sum + microUsd, 0);
  const missed = Math.max(0, CACHE_TARGET - hits);
  const cache: readonly Recommendation[] =
    calls.length < LEAST_CALLS || missed === 0
      ? []
      : [
          {
            rule: "llm_cache",
            resource: "model calls",
            monthLow: 0,
            monthHigh: Math.round(spent * missed * CACHE_SAVING),
            risk: "low",
            sentence: `${Math.round(100 * hits)} % of input tokens come from the cache; 60 % are usual where prefixes repeat`,
            undo: "nothing is changed",
            evidence: { hits, calls: calls.length },
          },
        ];
  return [...cache, ...loops(calls)];
};

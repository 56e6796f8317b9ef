import { openDuck } from "../data/duck.ts";
import { type MicroUsd, usd } from "../lib/money.ts";
import { allocate, daily } from "./cost/allocate.ts";
import { anomalyOf, lastJudgedDay } from "./cost/anomaly.ts";
import { type CostLine, ledgerLines, sumMicro } from "./cost/cost-line.ts";
import { type Forecast, forecastMonth } from "./cost/forecast.ts";
import { anomalyRules, budgetRules, wasteRules } from "./cost/judge-cost.ts";
import { openCostLines } from "./cost/open-cost.ts";
import { type Focus, readFocus } from "./cost/read-focus.ts";
import { recommendCalls, recommendResources } from "./cost/recommend.ts";
import { spotShare, wasteOf } from "./cost/waste.ts";
import { remember } from "./history.ts";
import type { Measure } from "./measure.ts";
import type { CostMonitor } from "./monitor.ts";
import { type Broken, endedVerdicts, ruleVerdict } from "./quality/rule-verdict.ts";
import type { MonitorResult } from "./result.ts";
import type { FeedFault } from "./source/data-source.ts";
import type { CostSources, MonitorSources } from "./sources.ts";
import type { MonitorState } from "./state.ts";
import type { Verdict } from "./verdict.ts";

const MEMORY_MB = 512;
const DAY = 86_400_000;
const DIMENSIONS = ["model", "pipeline", "run", "phase", "environment", "service"] as const;

const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

const readLines = async (
  costs: CostSources,
): Promise<Focus & { readonly estimates: readonly CostLine[] }> => {
  const ledger = ledgerLines(costs.ledger ?? []);
  const estimates = costs.openCost === undefined ? [] : openCostLines(costs.openCost);
  const strange: readonly FeedFault[] =
    estimates === null
      ? [
          {
            code: "corrupt",
            subject: "opencost",
            message: "OpenCost answered in a form that is not known",
            fatal: false,
          },
        ]
      : [];
  const duck = costs.focus ? await openDuck({ memoryMb: MEMORY_MB, threads: 2 }) : null;
  try {
    const focus: Focus =
      duck && costs.focus
        ? await readFocus(duck, costs.focus)
        : { lines: [], otherCurrencies: {}, faults: [] };
    return {
      ...focus,
      faults: [...focus.faults, ...strange],
      lines: [...focus.lines, ...ledger],
      estimates: estimates ?? [],
    };
  } finally {
    duck?.close();
  }
};

const feedRules = (faults: readonly FeedFault[]): readonly Broken[] =>
  faults.length === 0
    ? []
    : [
        {
          subject: "costs",
          rule: "feed",
          level: faults.some(({ fatal }) => fatal) ? "critical" : "warning",
          reasons: faults.slice(0, 5).map(({ message }) => message),
          evidence: { faults: faults.slice(0, 20) },
        },
      ];

const measure = (
  monitor: CostMonitor,
  now: number,
  name: string,
  value: number | null,
  detail: Readonly<Record<string, unknown>> = {},
): Measure => ({
  monitor: monitor.id,
  subject: "spend",
  segment: null,
  name,
  value,
  window: { start: now - DAY, end: now },
  rows: 0,
  detail,
});

const fine = (
  monitor: CostMonitor,
  forecast: Forecast,
  budget: MicroUsd | null,
  now: number,
): Verdict => ({
  ...ruleVerdict(
    monitor.id,
    { start: now, end: now },
    {},
    {
      subject: "spend",
      rule: "cost",
      level: "info",
      reasons: [],
    },
    "cost",
  ),
  level: "ok",
  reasons: [
    budget === null
      ? "no budget is set, so only anomalies are looked for; there are none"
      : `spend keeps its limits (${forecast.method})`,
  ],
});

const nothing = (monitor: CostMonitor, now: number): Verdict =>
  ruleVerdict(
    monitor.id,
    { start: now, end: now },
    {},
    {
      subject: "spend",
      rule: "cost",
      level: "not_enough_data",
      reasons: ["no spend is known: neither bills nor model calls were found"],
    },
    "cost",
  );

/** Unlabelled spend is shown and never spread; see `allocate`. */
const shares = (
  monitor: CostMonitor,
  lines: readonly CostLine[],
  now: number,
): readonly Measure[] =>
  DIMENSIONS.map((by) =>
    measure(monitor, now, `spend_by_${by}`, null, { shares: allocate(lines, by).slice(0, 20) }),
  );

/**
 * Cost of one Monitor; see `runMonitor`. `sources.costs` says what was spent; nothing younger than 48 h is called an anomaly, other currencies
 * and list-price estimates are shown beside and never added.
 */
export const runCost = async (
  monitor: CostMonitor,
  sources: MonitorSources,
  state: MonitorState,
  now: number,
): Promise<MonitorResult> => {
  const costs = sources.costs ?? {};
  const { estimates, faults, lines, otherCurrencies } = await readLines(costs);
  const today = dayOf(now);
  const days = daily(lines, today);
  const forecast = forecastMonth(days, today);
  const given = monitor.budget_usd === undefined ? null : usd(monitor.budget_usd);
  const budget = costs.monthBudget ?? given;
  const judged = lastJudgedDay(now);
  const before = dayOf(Date.parse(judged) - DAY);
  const usages = costs.usages ?? [];
  const paid = lines.some(({ source }) => source === "billed") ? lines : estimates;
  const waste = wasteOf(paid, usages, new Set(costs.unattached), new Set(costs.failedRuns));
  const months = new Map(
    usages.map(({ resource }) => [
      resource,
      sumMicro(paid.filter((line) => line.resource === resource).map(({ effective }) => effective)),
    ]),
  );
  const recommendations = [
    ...recommendResources(usages, months),
    ...recommendCalls(costs.ledger ?? []),
  ];
  const spot = spotShare(usages);
  const broken = [
    ...feedRules(faults),
    ...budgetRules(monitor, today.slice(0, 7), budget, forecast),
    ...anomalyRules([anomalyOf(days, lines, judged), anomalyOf(days, lines, before)]),
    ...wasteRules(waste, spot, recommendations),
  ];
  const window = { start: now - DAY, end: now };
  const found = broken.map((one) => ruleVerdict(monitor.id, window, state.history, one, "cost"));
  const ended = endedVerdicts(monitor.id, window, state.history, found, () => true, "cost");
  const known = lines.length + estimates.length > 0;
  const told = [...found, ...ended];
  const verdicts = known
    ? [...told, ...(told.length === 0 ? [fine(monitor, forecast, budget, now)] : [])]
    : [...told, nothing(monitor, now)];
  return {
    measures: [
      measure(monitor, now, "spend_usd", forecast.spent, { other_currencies: otherCurrencies }),
      measure(monitor, now, "forecast_usd", forecast.p50, { ...forecast, budget }),
      measure(monitor, now, "waste_share", known ? waste.share : null, { parts: waste.parts }),
      measure(monitor, now, "spot_share", spot, {}),
      measure(monitor, now, "recommendations", recommendations.length, {
        recommendations: recommendations.slice(0, 20),
      }),
      ...shares(monitor, lines, now),
    ],
    verdicts,
    state: { ...state, judgedUntil: now, history: remember(state.history, told, now - DAY) },
    windows: [window],
  };
};

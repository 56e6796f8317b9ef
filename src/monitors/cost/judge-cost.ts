import type { MicroUsd } from "../../lib/money.ts";
import type { CostMonitor } from "../monitor.ts";
import type { Broken } from "../quality/rule-verdict.ts";
import type { Anomaly } from "./anomaly.ts";
import { showUsd } from "./cost-line.ts";
import type { Forecast } from "./forecast.ts";
import type { Recommendation } from "./recommend.ts";
import type { Waste } from "./waste.ts";

const WASTE_TARGET = 0.2;
const SPOT_TARGET = 0.6;

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Actual and expected spend of a month against its budget: each limit is told once, because the subject names the month. */
export const budgetRules = (
  monitor: CostMonitor,
  month: string,
  budget: MicroUsd | null,
  forecast: Forecast,
): readonly Broken[] => {
  if (budget === null || budget <= 0) return [];
  const used = forecast.spent / budget;
  const passed = monitor.warn_pct.filter((pct) => used * 100 >= pct).sort((a, b) => b - a)[0];
  const evidence = { budget, ...forecast, used };
  const actual: readonly Broken[] =
    passed === undefined
      ? []
      : [
          {
            subject: `budget ${month}`,
            rule: "budget",
            level: passed >= 100 ? "critical" : passed >= 80 ? "warning" : "info",
            reasons: [
              `${showUsd(forecast.spent)} of ${showUsd(budget)} are spent (${percent(used)})`,
              `the month is expected to cost ${showUsd(forecast.p50)}, at most ${showUsd(forecast.p90)} in nine of ten`,
            ],
            evidence,
          },
        ];
  const over = forecast.p50 > budget && used < 1;
  return [
    ...actual,
    ...(over
      ? [
          {
            subject: `forecast ${month}`,
            rule: "budget_forecast",
            level: "warning" as const,
            reasons: [
              `the month is expected to cost ${showUsd(forecast.p50)}, ${percent(forecast.p50 / budget)} of its budget of ${showUsd(budget)}`,
              forecast.method === "run rate"
                ? "fewer than 14 days are known, so this is a plain run rate"
                : `at most ${showUsd(forecast.p90)} in nine of ten`,
            ],
            evidence,
          },
        ]
      : []),
  ];
};

/** An anomaly counts when the day before was one too: `days` are the two newest that may be judged, newest first. */
export const anomalyRules = (days: readonly (Anomaly | null)[]): readonly Broken[] => {
  const [newest, before] = days;
  if (!newest || !before) return [];
  const top = newest.contributors.map(({ more, name }) => `${name} ${showUsd(more)} more`);
  return [
    {
      subject: "spend",
      rule: "anomaly",
      level: "warning",
      reasons: [
        `${showUsd(newest.spent)} on ${newest.day} where ${showUsd(newest.usual)} are usual, and the day before too`,
        ...(top.length === 0 ? [] : [top.join(", ")]),
      ],
      evidence: { ...newest },
    },
  ];
};

/** Waste above its target and spot use below it are for the digest; each names what could be done. */
export const wasteRules = (
  waste: Waste,
  spot: number | null,
  recommendations: readonly Recommendation[],
): readonly Broken[] => [
  ...(waste.share > WASTE_TARGET
    ? [
        {
          subject: "waste",
          rule: "waste",
          level: "info" as const,
          reasons: [
            `${percent(waste.share)} of ${showUsd(waste.total)} were paid for nothing; under 20 % is the aim`,
            ...recommendations.slice(0, 3).map(({ sentence }) => sentence),
          ],
          evidence: { ...waste, recommendations: recommendations.slice(0, 20) },
        },
      ]
    : []),
  ...(spot !== null && spot < SPOT_TARGET
    ? [
        {
          subject: "spot",
          rule: "spot_share",
          level: "info" as const,
          reasons: [
            `${percent(spot)} of the hours that could be interrupted run on spot capacity; more than 60 % is the aim`,
          ],
          evidence: { spot },
        },
      ]
    : []),
];

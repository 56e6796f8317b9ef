import type { Facts } from "../../spec/facts.ts";
import type { Decision, DraftInput, LeftOut, PlanRole } from "../draft.ts";
import { escapers } from "../escape.ts";
import { alertsOf } from "./observability-engineer/alerts.ts";
import { dashboardsOf } from "./observability-engineer/dashboards.ts";
import type { Timing } from "./observability-engineer/timing.ts";
import { timingOf } from "./observability-engineer/timing.ts";
import type { Watch } from "./observability-engineer/watched.ts";
import { DRIFT_POLICY, watchOf } from "./observability-engineer/watched.ts";

/** So many cases of the rarer class let a retrained model's interval differ from the old one's. */
const RARE_CASES = 100;
const REGRESSION_LABELS = 1000;

/** At most so many traces a second are kept. */
const TRACES_PER_SECOND = 1;

const newLabelsNeeded = (facts: Facts, trainRows: number): number => {
  const rate = facts.target.baseRate;
  const rarer = rate === null ? 0 : Math.min(rate, 1 - rate);
  const needed = rarer > 0 ? Math.ceil(RARE_CASES / rarer) : REGRESSION_LABELS;
  return Math.min(trainRows, Math.max(DRIFT_POLICY.minRows, needed));
};

/** The histogram's `le` label as Prometheus' Python client writes it. */
const bucketLabel = (seconds: number): string =>
  Number.isInteger(seconds) ? seconds.toFixed(1) : String(seconds);

const decisionsOf = (
  watch: Watch,
  timing: Timing,
  labels: number,
  { spec }: DraftInput,
): readonly Decision[] => [
  {
    decided: `${watch.features.length} columns are watched, in ${watch.tests} comparisons a window`,
    why: `the features are computed from them; ${watch.notWatched.map(({ field, why }) => `${field} is not (${why})`).join("; ") || "none is left aside"}`,
  },
  {
    decided: `a window needs ${DRIFT_POLICY.minRows} rows and is ${timing.windowHours} h long`,
    why: `${escapers.num(timing.rowsPerHour)} logged rows an hour; two windows and the hourly schedule tell a change after ${timing.driftHours} h, ${spec.slo.drift_h} h are promised`,
  },
  {
    decided: "only harm pages; drift alone goes to Slack",
    why: "inputs may move without a worse model, and a page for that teaches people to ignore pages",
  },
  {
    decided: `a page takes at most ${timing.paging.total} s`,
    why: `scrape ${timing.paging.scrape} + evaluation ${timing.paging.evaluation} + for ${timing.paging.hold} + group_wait ${timing.paging.groupWait} s, within ${spec.slo.alert_s} s`,
  },
  {
    decided: `retraining is asked for with ${escapers.num(labels)} new labels, never started`,
    why: `so many hold about ${RARE_CASES} cases of the rarer class`,
  },
];

const risksOf = (watch: Watch, timing: Timing, { spec }: DraftInput): readonly string[] => {
  const blind = watch.features.filter(({ visibleWindow }) => visibleWindow > DRIFT_POLICY.floor);
  return [
    ...(blind.length === 0
      ? []
      : [
          `With a window of ${DRIFT_POLICY.minRows} rows ${blind.length} of ${watch.features.length} features show only changes above the floor of ${DRIFT_POLICY.floor}; the worst is seen from ${Math.max(...blind.map(({ visibleWindow }) => visibleWindow)).toFixed(2)} on.`,
        ]),
    ...(timing.keepsDriftPromise
      ? []
      : [
          `Drift is told after about ${timing.driftHours} h, not within ${spec.slo.drift_h} h: the expected load fills a window only every ${timing.windowHours} h.`,
        ]),
    "Drift is compared with the whole training part: a season that the window does not span looks like drift.",
  ];
};

const leftOutOf = (online: boolean): readonly LeftOut[] =>
  online
    ? []
    : [
        {
          part: "model-monitoring.latency",
          why: "deployment_mode is batch: nothing answers online",
          toTurnOn: "deployment_mode: realtime",
        },
      ];

/** Decides what is watched, how soon a change is told and what pages, from the load, the rows and the objectives. */
export const planObservabilityEngineer: PlanRole = (input) => {
  const { facts, spec, names } = input;
  const online = spec.options.deployment_mode !== "batch";
  const watch = watchOf(facts);
  const timing = timingOf(facts, spec);
  const newLabels = newLabelsNeeded(facts, watch.trainRows);
  const slowSeconds = spec.slo.p99_ms / 1000;
  return {
    view: {
      online,
      watch,
      timing,
      policy: DRIFT_POLICY,
      newLabels,
      alerts: alertsOf(online),
      dashboards: dashboardsOf(spec, names, online, DRIFT_POLICY.floor),
      slowSeconds,
      bucket: bucketLabel(slowSeconds),
      errorBudget: Number((1 - spec.slo.availability).toPrecision(6)),
      traceShare: Number(Math.min(1, TRACES_PER_SECOND / facts.load.rpsPeak).toPrecision(3)),
      personal: facts.groups.personal.map(({ column }) => ({
        column,
        field: facts.profile.columns.find(({ name }) => name === column)?.field ?? column,
      })),
    },
    decisions: decisionsOf(watch, timing, newLabels, input),
    risks: risksOf(watch, timing, input),
    openQuestions: [
      {
        question: "Which Slack channel and which PagerDuty service take the alerts?",
        assumed: `#${names.service}-alerts, and the PagerDuty service whose key lies in the secret pagerduty-routing-key`,
      },
      ...(spec.cloud_budget.month_usd > 0
        ? []
        : [
            {
              question: "What may this pipeline cost in the cloud per month?",
              assumed: "no figure: budgets warn about nothing until one is set",
            },
          ]),
    ],
    leftOut: leftOutOf(online),
  };
};

import type { History } from "../history.ts";
import type { Measure } from "../measure.ts";
import type { PerformanceMonitor } from "../monitor.ts";
import { type Broken, endedVerdicts, ruleVerdict } from "../quality/rule-verdict.ts";
import type { Verdict } from "../verdict.ts";
import {
  type Answer,
  BURN_PAIRS,
  burning,
  type ErrorShares,
  type Fetch,
  newestValue,
  queriesOf,
  queryRange,
} from "./prometheus.ts";

const HOUR = 3_600_000;
const STEP_SECONDS = 60;
const RULES = ["latency", "error_rate", "dead_man", "prometheus"];

interface Answers {
  readonly latency: Readonly<Record<"p50" | "p95" | "p99", Answer>>;
  readonly rate: Answer;
  readonly errors: ErrorShares;
}

const ask = async (fetch: Fetch, base: string, service: string, now: number): Promise<Answers> => {
  const queries = queriesOf(service);
  const of = (query: string) => queryRange(fetch, base, query, now - HOUR, now, STEP_SECONDS);
  const windows = [...new Set(BURN_PAIRS.flatMap(({ long, short }) => [long, short]))];
  const errors: Record<string, number | null> = {};
  for (const window of windows) errors[window] = newestValue(await of(queries.errors(window)));
  return {
    latency: { p50: await of(queries.p50), p95: await of(queries.p95), p99: await of(queries.p99) },
    rate: await of(queries.rate),
    errors,
  };
};

const slow = (monitor: PerformanceMonitor, answers: Answers): readonly Broken[] => {
  const limit = monitor.prometheus?.latency_ms;
  const p95 = newestValue(answers.latency.p95);
  if (limit === undefined || p95 === null || p95 * 1000 <= limit) return [];
  return [
    {
      subject: "latency",
      rule: "latency",
      level: "warning",
      reasons: [
        `95 % of requests take up to ${Math.round(p95 * 1000)} ms; ${limit} ms are promised`,
      ],
      evidence: { p95_ms: p95 * 1000, limit_ms: limit },
    },
  ];
};

const failing = (monitor: PerformanceMonitor, answers: Answers): readonly Broken[] => {
  const budget = monitor.prometheus?.error_share;
  const found = budget === undefined ? null : burning(answers.errors, budget);
  if (found === null) return [];
  const share = answers.errors[found.long] ?? 0;
  return [
    {
      subject: "errors",
      rule: "error_rate",
      level: found.page ? "critical" : "warning",
      reasons: [
        `${(100 * share).toFixed(2)} % of requests fail over ${found.long}: the error budget burns ${found.factor} times too fast`,
      ],
      evidence: { shares: answers.errors, budget, factor: found.factor },
    },
  ];
};

const silent = (answers: Answers): readonly Broken[] => {
  if (answers.rate.kind === "failed")
    return [
      {
        subject: "prometheus",
        rule: "prometheus",
        level: "warning",
        reasons: [answers.rate.why, "latency and errors cannot be judged"],
      },
    ];
  if (answers.rate.kind === "absent")
    return [
      {
        subject: "service",
        rule: "dead_man",
        level: "critical",
        reasons: ["the service has no series in Prometheus: it is down, or nobody scrapes it"],
      },
    ];
  return newestValue(answers.rate) === null
    ? [
        {
          subject: "service",
          rule: "latency",
          level: "not_enough_data",
          reasons: ["there was no traffic in the last hour"],
        },
      ]
    : [];
};

const measuresOf = (
  monitor: PerformanceMonitor,
  answers: Answers,
  now: number,
): readonly Measure[] => {
  const figures = {
    latency_p50_seconds: newestValue(answers.latency.p50),
    latency_p95_seconds: newestValue(answers.latency.p95),
    latency_p99_seconds: newestValue(answers.latency.p99),
    requests_per_second: newestValue(answers.rate),
    error_share: answers.errors["1h"] ?? null,
  };
  return Object.entries(figures).map(([name, value]) => ({
    monitor: monitor.id,
    subject: "service",
    segment: null,
    name,
    value,
    window: { start: now - HOUR, end: now },
    rows: 0,
    detail: {},
  }));
};

/** Latency, throughput and burn rates of the serving process, from Prometheus. Never throws; silence is a Verdict of its own. */
export const judgeService = async (
  monitor: PerformanceMonitor,
  fetch: Fetch,
  history: History,
  now: number,
): Promise<{ readonly measures: readonly Measure[]; readonly verdicts: readonly Verdict[] }> => {
  const { prometheus } = monitor;
  if (!prometheus) return { measures: [], verdicts: [] };
  const answers = await ask(fetch, prometheus.url, prometheus.service, now);
  const window = { start: now - HOUR, end: now };
  // An outage inhibits latency and errors: the cause is told once.
  const quiet = silent(answers);
  const broken =
    quiet.length > 0 ? quiet : [...slow(monitor, answers), ...failing(monitor, answers)];
  const found = broken.map((one) => ruleVerdict(monitor.id, window, history, one, "performance"));
  const judged = quiet.length === 0 ? RULES : RULES.slice(2);
  const ended = endedVerdicts(
    monitor.id,
    window,
    history,
    found,
    (rule) => judged.includes(rule),
    "performance",
  );
  return { measures: measuresOf(monitor, answers, now), verdicts: [...found, ...ended] };
};

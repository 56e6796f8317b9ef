import type { QualityMonitor } from "../monitor.ts";
import type { MonitorState } from "../state.ts";
import { median, robustZ, wilson } from "../stats/intervals.ts";
import type { Window } from "../window.ts";
import { weekPlace } from "../window.ts";
import { type Broken, FEED } from "./rule-verdict.ts";

const HOUR = 3_600_000;
/** Volume: so many robust standard deviations, and outside half to twice the median (monitoring.md 5). */
const VOLUME_Z = 4;
const VOLUME_RATIO = 2;
/** Windows of the same place in the week that a volume is compared with; all windows where fewer are held. */
const LEAST_SAME = 4;

const hours = (ms: number): string => `${(ms / HOUR).toFixed(1)} h`;

/** Newest event against the agreed time: `freshness_hours`, else two windows. A feed without any event is stale too. */
export const freshness = (
  monitor: QualityMonitor,
  newest: number | null,
  lengthMs: number,
  now: number,
): readonly Broken[] => {
  const limit =
    monitor.freshness_hours === undefined ? 2 * lengthMs : monitor.freshness_hours * HOUR;
  if (newest !== null && now - newest <= limit) return [];
  const age =
    newest === null ? "there is no row at all" : `the newest row is ${hours(now - newest)} old`;
  return [
    {
      subject: FEED,
      rule: "freshness",
      level: "critical",
      reasons: [`the feed has stopped: ${age}, ${hours(limit)} are agreed`],
      evidence: {
        age_hours: newest === null ? null : (now - newest) / HOUR,
        limit_hours: limit / HOUR,
      },
      inhibits: true,
    },
  ];
};

/** Rows of a window per hour against the same hours of earlier weeks. */
export const volume = (
  monitor: QualityMonitor,
  state: MonitorState,
  window: Window & { readonly rows: number },
): readonly Broken[] => {
  const rate = (one: Window & { readonly rows: number }) =>
    one.rows / ((one.end - one.start) / HOUR);
  const earlier = state.windows.filter(({ end }) => end <= window.start);
  const place = weekPlace(window.start, monitor.zone);
  const same = earlier.filter(({ start }) => weekPlace(start, monitor.zone) === place);
  const compared = (same.length >= LEAST_SAME ? same : earlier).map(rate);
  if (compared.length < LEAST_SAME) return [];
  const [now, usual] = [rate(window), median(compared)];
  const z = robustZ(now, compared);
  const far = now > VOLUME_RATIO * usual || now < usual / VOLUME_RATIO;
  if (!far || z <= VOLUME_Z) return [];
  return [
    {
      subject: FEED,
      rule: "volume",
      level: "warning",
      reasons: [
        `${now.toFixed(1)} rows an hour where ${usual.toFixed(1)} are usual${same.length >= LEAST_SAME ? " at this time of the week" : ""}`,
      ],
      evidence: { rate: now, median: usual, z, compared: compared.length },
    },
  ];
};

/** Columns that came, went or seem to have been renamed. `alike` names, for a missing column, a new one with the same distribution. */
export const schemaRules = (
  missing: readonly string[],
  added: readonly string[],
  alike: ReadonlyMap<string, string>,
): readonly Broken[] => [
  ...missing.map((field): Broken => {
    const now = alike.get(field);
    return {
      subject: field,
      rule: "schema",
      level: "critical",
      reasons: [
        `${field} is missing from the feed`,
        ...(now === undefined
          ? []
          : [`the new column ${now} holds what ${field} held: it was probably renamed`]),
      ],
      evidence: { renamed_to: now ?? null },
      inhibits: true,
    };
  }),
  ...added
    .filter((field) => ![...alike.values()].includes(field))
    .map(
      (field): Broken => ({
        subject: field,
        rule: "schema",
        level: "info",
        reasons: [`${field} is new in the feed; nothing is compared with it`],
      }),
    ),
];

/** Rows that break at least one hard rule, against the share that may. */
export const hardRules = (
  monitor: QualityMonitor,
  failing: number,
  rows: number,
  worst: string | null,
): readonly Broken[] => {
  if (rows === 0) return [];
  const { high, low } = wilson(failing, rows);
  const limit = monitor.limit_share;
  if (low <= limit) return [];
  return [
    {
      subject: FEED,
      rule: "hard_rules",
      level: "critical",
      reasons: [
        `${failing} of ${rows} rows break a hard rule; ${(100 * limit).toFixed(2)} % may`,
        ...(worst === null ? [] : [`most of them: ${worst}`]),
      ],
      evidence: { failing, rows, share: failing / rows, upper: high, limit },
    },
  ];
};

/** Rows whose key stands in another row too. */
export const uniqueness = (
  columns: readonly string[],
  repeated: number,
  rows: number,
): readonly Broken[] =>
  repeated === 0
    ? []
    : [
        {
          subject: columns.join(", "),
          rule: "unique",
          level: "warning",
          reasons: [`${repeated} of ${rows} rows repeat a key of ${columns.join(", ")}`],
          evidence: { repeated, rows },
        },
      ];

/** What the model said: a score that is missing or no number, or the same answer for everything. */
export const predictionRules = (found: {
  readonly rows: number;
  readonly badScores: number;
  readonly scores: number | null;
  readonly labels: number | null;
}): readonly Broken[] => {
  const { badScores, labels, rows, scores } = found;
  const out: Broken[] = [];
  if (badScores > 0) {
    out.push({
      subject: "prediction",
      rule: "prediction",
      level: "critical",
      reasons: [`${badScores} of ${rows} predictions have no score that is a number`],
      evidence: { bad: badScores, rows },
    });
  } else if (rows >= 100 && (scores === 1 || labels === 1)) {
    out.push({
      subject: "prediction",
      rule: "prediction",
      level: "critical",
      reasons: [`all ${rows} predictions are the same`],
      evidence: { rows, scores, labels },
    });
  }
  return out;
};

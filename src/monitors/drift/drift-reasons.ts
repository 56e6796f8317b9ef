import type { DriftPolicy } from "./drift-policy.ts";
import type { Judged } from "./tests.ts";

const digits = (value: number): string => value.toFixed(value < 0.1 ? 3 : 2).replace(/^0/, "");
const count = (value: number): string => value.toLocaleString("en-US");
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

const NAMES = { ks: "D", cramers_v: "V", null_rate: "effect" } as const;

interface Shift {
  readonly category: string;
  readonly reference: number;
  readonly current: number;
}

const change = ({ kind, measure }: Judged): string => {
  const { mean, reference_share: share, top } = measure.detail;
  if (kind === "null_rate")
    return `missing values went from ${percent(Number(share))} to ${percent(measure.value ?? 0)}`;
  if (kind === "ks") {
    const { current, reference } = mean as { readonly current: number; readonly reference: number };
    return `mean ${reference.toPrecision(4)} → ${current.toPrecision(4)}`;
  }
  const [first] = (top ?? []) as readonly Shift[];
  return first
    ? `“${first.category}” went from ${percent(first.reference)} to ${percent(first.current)}`
    : "its categories moved";
};

const SAID: Readonly<Record<string, string>> = {
  persisted: "it stayed: a candidate in 2 of the last 3 windows",
  slow: "too small for one window, but the pooled windows show it",
  standing: "it has not been quiet for 3 windows yet",
  resolved: "quiet for 3 windows in a row: resolved",
  waiting: "first window that shows it; the next one decides",
};

const first = (judged: Judged): string => {
  const { adjustedP, candidate, effect, floor, measure, rows } = judged;
  const figures = `${NAMES[judged.kind]} ${digits(effect)} against a floor of ${digits(floor)}, ${count(rows.current)} rows`;
  if (candidate)
    return `${measure.subject} moved: ${change(judged)} (${figures}, q ${adjustedP.toPrecision(2)})`;
  const why = effect < floor ? "below the floor" : "within what chance gives";
  return `${measure.subject} is as before: ${why} (${figures})`;
};

/** The sentence on what the window could not have seen; always given, telling most when it lies above the floor. */
export const visibleSentence = ({ floor, kind, rows, visible }: Judged): string =>
  visible > floor
    ? `cannot see ${NAMES[kind]} below ${digits(visible)} with ${count(rows.current)} rows`
    : `would see ${NAMES[kind]} from ${digits(visible)} on`;

/** Why a Verdict is as it is, most telling first. Never empty. */
export const driftReasons = (
  judged: Judged,
  slow: Judged | undefined,
  how: string,
  policy: DriftPolicy,
  harm: string | null,
): readonly string[] => {
  const importance = policy.importance[judged.measure.subject];
  const unimportant = importance !== undefined && importance < policy.leastImportance;
  return [
    first(judged),
    ...(harm === null ? [] : [harm]),
    ...(SAID[how] === undefined ? [] : [SAID[how] ?? ""]),
    ...(how === "slow" && slow
      ? [
          `pooled: ${NAMES[slow.kind]} ${digits(slow.effect)} over ${count(slow.rows.current)} rows, q ${slow.adjustedP.toPrecision(2)}`,
        ]
      : []),
    ...(unimportant ? [`the model hardly uses it (importance ${percent(importance)})`] : []),
    visibleSentence(judged),
  ];
};

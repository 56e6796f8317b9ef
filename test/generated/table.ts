import { z } from "zod";

const Figure = z.looseObject({ low: z.number().nullable(), high: z.number().nullable() });

/** What the harness reads of artifacts/metrics.json. */
export const Metrics = z.looseObject({
  metric: z.string(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  model: z.string(),
  beats_baseline: z.boolean(),
  baseline: z.looseObject({ rule: z.string(), value: z.number() }),
  baselines: z.array(z.looseObject({ rule: z.string(), beaten: z.boolean(), difference: Figure })),
});
export type Metrics = z.infer<typeof Metrics>;

/** One dataset after everything ran. */
export interface Row {
  readonly dataset: string;
  readonly kind: string;
  readonly metrics: Metrics | null;
  /** Whether a model of shuffled labels was said to beat its baseline; null when it was not run. */
  readonly control: boolean | null;
  readonly seconds: number;
  readonly faults: readonly string[];
}

const number = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(1) : value.toFixed(3);

/** The trivial rule is the first baseline of every training run. */
export const beatsTrivial = (metrics: Metrics): boolean => metrics.baselines[0]?.beaten ?? false;

const verdict = (metrics: Metrics): string =>
  metrics.beats_baseline
    ? "beats it"
    : beatsTrivial(metrics)
      ? "beats the trivial rule"
      : "not proved";

const cells = (row: Row): readonly string[] => {
  const { metrics } = row;
  return [
    row.dataset,
    row.kind,
    metrics
      ? `${metrics.metric} ${number(metrics.value)} [${number(metrics.low)}, ${number(metrics.high)}]`
      : "-",
    metrics?.model ?? "-",
    metrics ? `${number(metrics.baseline.value)} ${metrics.baseline.rule}` : "-",
    metrics ? verdict(metrics) : "-",
    row.control === null ? "-" : row.control ? "SIGNAL" : "none",
    row.seconds.toFixed(0),
    row.faults.length === 0 ? "ok" : "FAILED",
  ];
};

const HEAD = [
  "dataset",
  "kind",
  "metric [95 %]",
  "model",
  "stronger baseline",
  "verdict",
  "shuffled",
  "s",
  "",
];

/** The table as text, columns as wide as their widest cell. */
export const tableOf = (rows: readonly Row[]): string => {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};

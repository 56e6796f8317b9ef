import { parse } from "yaml";
import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";

const id = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/);
const share = z.number().min(0).max(1);

/** `auto`, or a length in minutes, hours or days: `30m`, `8h`, `1d`. */
const window = z.string().regex(/^(auto|[1-9]\d{0,3}[mhd])$/);

const zone = z.string().refine((name) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}, "expected the name of a time zone, such as Europe/Berlin");

const columns = z
  .strictObject({
    id: z.string().optional(),
    time: z.string().optional(),
    version: z.string().optional(),
    score: z.string().optional(),
    label: z.string().optional(),
  })
  .default({});

/** The reference: a file or folder, or a part of the pipeline's own data, which whoever runs the Monitor finds. */
const reference = z.union([
  z.string(),
  z.strictObject({
    part: z.string(),
    rows: z.int().optional(),
    snapshot: z.string().optional(),
  }),
]);

const retrain = z.strictObject({
  mode: z.enum(["ask", "start", "off"]).default("ask"),
  lasting_windows: z.int().min(1).default(3),
  min_new_labels: z.int().min(0).default(0),
  cooldown_days: z.number().min(0).default(7),
});

const common = {
  id,
  model: z.string().min(1),
  source: z.string().min(1),
  environment: z.string().default("prod"),
  columns,
  /** Five cron fields, read in `zone`. */
  schedule: z.string().default("0 * * * *"),
  zone: zone.default("UTC"),
  window: window.default("auto"),
  /** What `auto` is at most, where rows allow. */
  max_window_hours: z.number().positive().default(8),
  detects_within_hours: z.number().positive().optional(),
  promised_hours: z.number().positive().default(24),
  keeps_promise: z.boolean().optional(),
  /** Rows under which nothing is judged; windows are joined until they hold as many. */
  min_rows: z.int().min(2).default(100),
  route: z.string().default("slack"),
  labels_extra: z.record(z.string(), z.string()).default({}),
};

const feature = z.strictObject({
  field: z.string().min(1),
  kind: z.enum(["numeric", "categorical", "auto"]).default("auto"),
  floor: share.optional(),
  /** Share of the model's importance, 0..1; unknown counts as important. */
  importance: share.optional(),
});

const drift = z.strictObject({
  ...common,
  kind: z.literal("drift"),
  reference,
  floor: share.default(0.05),
  false_discovery: share.default(0.01),
  /** `strong`: Benjamini–Yekutieli instead of Benjamini–Hochberg. */
  dependence: z.enum(["usual", "strong"]).default("usual"),
  direction: z.enum(["up", "down", "both"]).default("both"),
  /** Empty or `auto`: every column of the reference that can be compared. */
  features: z.union([z.literal("auto"), z.array(feature)]).default("auto"),
  segments: z.array(z.string()).max(50).default([]),
  /** `auto`: the same weekday or hours of the week, where the reference holds four weeks. */
  season: z.enum(["auto", "off"]).default("auto"),
  retrain: retrain.default(retrain.parse({})),
});
export type DriftMonitor = z.infer<typeof drift>;

const quality = z.strictObject({
  ...common,
  kind: z.literal("quality"),
  reference: reference.optional(),
  /** Share of rows that may break a hard rule. */
  limit_share: share.default(0.001),
  freshness_hours: z.number().positive().optional(),
  /** Columns whose values must not repeat, together. */
  unique: z.array(z.string()).default([]),
  /** Hard limits per column. */
  ranges: z
    .record(z.string(), z.strictObject({ min: z.number().optional(), max: z.number().optional() }))
    .default({}),
  domains: z.record(z.string(), z.array(z.string())).default({}),
});
export type QualityMonitor = z.infer<typeof quality>;

const labels = z.strictObject({
  path: z.string(),
  id: z.string(),
  value: z.string(),
  time: z.string().optional(),
  delay_days: z.number().min(0).nullable().default(null),
});

const performance = z.strictObject({
  ...common,
  kind: z.literal("performance"),
  metric: z.string(),
  reference: z.string().optional(),
  labels: labels.optional(),
  /** The label that counts as positive. */
  positive: z.string().optional(),
  threshold: share.default(0.5),
  max_rows: z.int().min(100).default(5_000),
  slices: z.array(z.unknown()).default([]),
  prometheus: z
    .strictObject({
      url: z.string(),
      service: z.string(),
      latency_ms: z.number().positive().optional(),
      error_share: share.optional(),
    })
    .optional(),
});
export type PerformanceMonitor = z.infer<typeof performance>;

const cost = z.strictObject({
  ...common,
  kind: z.literal("cost"),
  warn_pct: z.array(z.number().positive()).default([50, 80, 100]),
  budget_usd: z.number().positive().optional(),
});
export type CostMonitor = z.infer<typeof cost>;

const monitor = z.discriminatedUnion("kind", [drift, quality, performance, cost]);

/** A scheduled look at a model, as `monitoring/monitors.yaml` writes it; fields keep their names from there. */
export type Monitor = z.infer<typeof monitor>;

const file = z.strictObject({ version: z.literal(1), monitors: z.array(monitor) });

const invalid = (from: string, got: string): UserInputError =>
  new UserInputError("MONITORS_INVALID", `${from} is no list of monitors.`, {
    expected: "version: 1 and monitors: with id, kind, model and source each",
    got: got.slice(0, 600),
    next: "Correct the file and start again.",
  });

const repeated = (monitors: readonly Monitor[]): string | undefined =>
  monitors.map(({ id: one }) => one).find((one, at, all) => all.indexOf(one) !== at);

/** One Monitor from plain values, with the defaults filled in. UserInputError MONITORS_INVALID, naming every wrong field. */
export const parseMonitor = (value: unknown, from = "the monitor"): Monitor => {
  const result = monitor.safeParse(value);
  if (result.success) return result.data;
  throw invalid(from, z.prettifyError(result.error));
};

/** The Monitors of a `monitors.yaml`; `from` names it in errors. UserInputError MONITORS_INVALID. */
export const parseMonitors = (text: string, from = "monitors.yaml"): readonly Monitor[] => {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw invalid(from, String(error));
  }
  const result = file.safeParse(value);
  if (!result.success) throw invalid(from, z.prettifyError(result.error));
  const twice = repeated(result.data.monitors);
  if (twice !== undefined) throw invalid(from, `the id ${twice} twice`);
  return result.data.monitors;
};

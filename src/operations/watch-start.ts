import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import type { WatchRequest } from "../runtime/watch/start-watch.ts";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { findRun } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";
import { present } from "./present.ts";

/**
 * Starts watching a pipeline built here, or any model by its reference data and the place where new rows arrive. Throws
 * RUN_NOT_FOUND, NO_MONITORS, MONITORS_INVALID, CRON_INVALID, ZONE_UNKNOWN, WATCH_WHAT, DATA_OUTSIDE_ROOTS.
 */
export const watchStart = defineOperation({
  name: "watch_start",
  title: "Watch a model",
  description:
    "Watch a pipeline built here (run) or any model (name, reference data, where new rows arrive). Looks at once.",
  scope: "pipeline:run",
  toolset: "monitoring",
  annotations: WRITE,
  input: z.strictObject({
    run: z.string().optional(),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, "lower-case letters, digits and dashes")
      .optional(),
    reference: z.string().max(2000).optional(),
    current: z.string().max(2000).optional(),
    cron: z.string().max(100).optional(),
    zone: z.string().max(60).optional(),
    time: z.string().max(300).optional(),
    window: z.string().max(10).optional(),
    idempotency_key: z.string().max(120).optional(),
  }),
  output: z.strictObject({
    name: z.string(),
    monitors: z.array(
      z.strictObject({
        monitor: z.string(),
        kind: z.string(),
        every_hours: z.number(),
        source: z.string(),
        level: z.string(),
        said: z.array(z.string()),
      }),
    ),
    incidents: z.array(z.string()),
    next: z.array(z.string()),
  }),
});

type Input = z.output<typeof watchStart.input>;

const nameFrom = (path: string): string =>
  path
    .replace(/[\\/]+$/, "")
    .split(/[\\/]/)
    .at(-1)
    ?.replace(/\.\w+$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40) || "model";

const requestOf = async (
  { runs }: Pick<CatalogDeps, "runs">,
  { current, idempotency_key: _key, name, reference, run, ...rest }: Input,
): Promise<WatchRequest> => {
  if (run !== undefined) return { kind: "run", runId: (await findRun(runs, run)).runId };
  if (reference !== undefined && current !== undefined)
    return {
      kind: "files",
      name: name ?? nameFrom(current),
      reference,
      current,
      ...present(rest),
    };
  throw new UserInputError("WATCH_WHAT", "say what to watch", {
    expected: "a run, or reference and current",
    next: "watch <run>, or watch --reference a.parquet --current folder/",
  });
};

const RANK = ["critical", "warning", "info", "not_enough_data", "ok"];

/** The worst first: what a person should read when only three lines are shown. */
const sayings = (
  verdicts: readonly { readonly level: string; readonly reasons: readonly string[] }[],
): { readonly level: string; readonly said: string[] } => {
  const sorted = [...verdicts].sort((a, b) => RANK.indexOf(a.level) - RANK.indexOf(b.level));
  return {
    level: sorted[0]?.level ?? "not_enough_data",
    said: sorted.slice(0, 3).flatMap((verdict) => verdict.reasons.slice(0, 1)),
  };
};

export const createWatchStart =
  ({ runs, watch }: Pick<CatalogDeps, "runs" | "watch">): Handler<typeof watchStart> =>
  async (input, call) => {
    const key = input.idempotency_key ?? call.key;
    const request = await requestOf({ runs }, input);
    const started = await watch.start(request, call.actor, key);
    for (const { row } of started) await watch.checkNow(row.id, key);
    const name = started[0]?.row.pipeline ?? "";
    const views = await watch.monitors(name);
    const open = await watch.incidents({
      states: ["pending", "firing", "acked", "snoozed"],
      pipeline: name,
    });
    return {
      name,
      monitors: started.map(({ everyHours, row }) => {
        const { source } = row.spec as { readonly source?: unknown };
        return {
          monitor: row.id,
          kind: row.kind,
          every_hours: everyHours,
          source: String(source ?? ""),
          ...sayings(views.find((view) => view.id === row.id)?.verdicts ?? []),
        };
      }),
      incidents: open.map((one) => one.id),
      next: open.length > 0 ? ["alerts_list"] : ["monitor_drift"],
    };
  };

import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

const SHOWN = 5;

/** Where every Monitor stands: drift, quality and performance, by model. Throws NOT_WATCHED for a model without Monitors. */
export const monitorDrift = defineOperation({
  name: "monitor_drift",
  title: "Drift, quality and performance",
  description: "What the monitors of a model say now: level, worst subjects, last check.",
  scope: "pipeline:read",
  toolset: "monitoring",
  annotations: READ,
  input: z.strictObject({
    model: z.string().optional(),
    limit: z.int().min(1).max(50).default(20),
  }),
  output: z.strictObject({
    monitors: z.array(
      z.strictObject({
        monitor: z.string(),
        model: z.string(),
        kind: z.string(),
        level: z.string(),
        checked_at: z.string().optional(),
        late: z.boolean(),
        fault: z.string().optional(),
        judged: z.int(),
        firing: z.int(),
        said: z.array(z.strictObject({ subject: z.string(), level: z.string(), said: z.string() })),
      }),
    ),
    more: z.int(),
    next: z.array(z.string()),
  }),
  untrusted: ["monitors.said"],
});

const ORDER = ["critical", "warning", "info", "not_enough_data", "ok"];
const worse = (a: string, b: string): number => ORDER.indexOf(a) - ORDER.indexOf(b);

export const createMonitorDrift =
  ({ watch }: Pick<CatalogDeps, "watch">): Handler<typeof monitorDrift> =>
  async ({ limit, model }) => {
    const found = await watch.monitors(model);
    if (model !== undefined && found.length === 0)
      throw new UserInputError("NOT_WATCHED", `nothing watches "${model}"`, {
        expected: "a model that monitors look at",
        got: model,
        next: "watch_start, or monitor_drift without model to see what is watched",
      });
    return {
      monitors: found.slice(0, limit).map((view) => {
        const sorted = [...view.verdicts].sort((a, b) => worse(a.level, b.level));
        return {
          monitor: view.id,
          model: view.model,
          kind: view.kind,
          level: sorted[0]?.level ?? "not_enough_data",
          ...(view.checkedAt === null
            ? {}
            : { checked_at: new Date(view.checkedAt).toISOString() }),
          late: view.late,
          ...(view.fault === null ? {} : { fault: view.fault }),
          judged: view.verdicts.length,
          firing: view.verdicts.filter((verdict) => verdict.firing).length,
          said: sorted.slice(0, SHOWN).map(({ level, reasons, segment, subject }) => ({
            subject: segment === null ? subject : `${subject} in ${segment}`,
            level,
            said: reasons[0] ?? "",
          })),
        };
      }),
      more: Math.max(0, found.length - limit),
      next: found.length === 0 ? ["watch_start"] : ["alerts_list"],
    };
  };

import { z } from "zod";
import { defineOperation, type Handler, READ } from "./define.ts";
import { IncidentShape, incidentShape } from "./incident-shape.ts";
import type { CatalogDeps } from "./ports.ts";

const OPEN = ["pending", "firing", "acked", "snoozed"] as const;

/** Incidents: open ones, the caller's own, or all. Never throws. */
export const alertsList = defineOperation({
  name: "alerts_list",
  title: "Incidents",
  description: "Incidents of the watch, newest first: what is wrong, since when, who has it.",
  scope: "pipeline:read",
  toolset: "monitoring",
  annotations: READ,
  input: z.strictObject({
    which: z.enum(["open", "mine", "all"]).default("open"),
    model: z.string().optional(),
    limit: z.int().min(1).max(50).default(10),
  }),
  output: z.strictObject({ incidents: z.array(IncidentShape), next: z.array(z.string()) }),
  untrusted: ["incidents"],
});

export const createAlertsList =
  ({ watch }: Pick<CatalogDeps, "watch">): Handler<typeof alertsList> =>
  async ({ limit, model, which }, { actor }) => {
    const found = await watch.incidents({
      limit,
      ...(which === "all" ? {} : { states: OPEN }),
      ...(which === "mine" ? { assignee: actor.person ?? "" } : {}),
      ...(model === undefined ? {} : { pipeline: model }),
    });
    return {
      incidents: found.map(incidentShape),
      next: found.length === 0 ? ["monitor_drift"] : ["alert_resolve"],
    };
  };

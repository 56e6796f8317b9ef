import { z } from "zod";
import type { IncidentView } from "../runtime/watch/views.ts";

/** One Incident as lists show it. */
export const IncidentShape = z.strictObject({
  incident: z.string(),
  title: z.string(),
  state: z.string(),
  severity: z.string(),
  cause: z.string(),
  pipeline: z.string(),
  model: z.string(),
  said: z.string(),
  alerts: z.int(),
  opened_at: z.string(),
  last_seen: z.string(),
  times: z.int(),
  assignee: z.string().optional(),
  snoozed_until: z.string().optional(),
});

const iso = (ms: number): string => new Date(ms).toISOString();

export const snoozeText = (until: number | "next_deploy"): string =>
  until === "next_deploy" ? "the next deploy" : iso(until);

export const incidentShape = (view: IncidentView): z.infer<typeof IncidentShape> => ({
  incident: view.id,
  title: view.title,
  state: view.state,
  severity: view.severity,
  cause: view.cause,
  pipeline: view.pipeline,
  model: view.model,
  said: view.sentence,
  alerts: view.alerts.filter((alert) => alert.open).length + view.moreAlerts,
  opened_at: iso(view.openedAt),
  last_seen: iso(view.lastSeen),
  times: view.times,
  ...(view.assignee === null ? {} : { assignee: view.assignee }),
  ...(view.snoozedUntil === null ? {} : { snoozed_until: snoozeText(view.snoozedUntil) }),
});

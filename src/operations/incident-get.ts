import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { lasted } from "../runtime/watch/lasted.ts";
import type { IncidentView } from "../runtime/watch/views.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import { IncidentShape, incidentShape } from "./incident-shape.ts";
import type { CatalogDeps } from "./ports.ts";

const Figure = z.strictObject({
  name: z.string(),
  value: z.number().optional(),
  limit: z.number().optional(),
  rows: z.number().optional(),
});

/** One Incident whole, as its message shows it. Throws INCIDENT_NOT_FOUND. */
export const incidentGet = defineOperation({
  name: "incident_get",
  title: "Read an incident",
  description: "One incident with its alerts, figures, history and series. For people's surfaces.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({ incident: z.string(), from: z.int().min(0).default(0) }),
  output: z.strictObject({
    ...IncidentShape.shape,
    open: z.boolean(),
    environment: z.string(),
    ended_at: z.string().optional(),
    lasted: z.string(),
    /** Ended before anybody was told: nothing is shown of it. */
    untold: z.boolean(),
    acknowledged_by: z.string().optional(),
    paged: z.boolean(),
    reopened: z.int(),
    revision: z.int(),
    details: z.array(
      z.strictObject({
        subject: z.string(),
        rule: z.string(),
        severity: z.string(),
        open: z.boolean(),
        since: z.string(),
        reasons: z.array(z.string()),
        figure: Figure,
      }),
    ),
    more_details: z.int(),
    releases: z.array(
      z.strictObject({
        action: z.string(),
        approval_id: z.string(),
        outcome: z.string().optional(),
      }),
    ),
    points: z.array(
      z.strictObject({
        at: z.string(),
        value: z.number().optional(),
        limit: z.number().optional(),
      }),
    ),
    lines: z.array(z.strictObject({ at: z.string(), said: z.string(), loud: z.boolean() })),
  }),
});

const iso = (ms: number): string => new Date(ms).toISOString();
const given = <T>(name: string, value: T | null): Record<string, T> =>
  value === null ? {} : { [name]: value };

export const notFound = (ref: string): UserInputError =>
  new UserInputError("INCIDENT_NOT_FOUND", `no incident is called "${ref}"`, {
    next: "alerts_list",
  });

const detailsOf = (view: IncidentView) =>
  view.alerts.map(({ figure, open, reasons, rule, segment, severity, since, subject }) => ({
    subject: segment === null ? subject : `${subject} in ${segment}`,
    rule,
    severity,
    open,
    since: iso(since),
    reasons: [...reasons],
    figure: {
      name: figure.name,
      ...given("value", figure.value),
      ...given("limit", figure.limit),
      ...given("rows", figure.rows),
    },
  }));

export const createIncidentGet =
  ({ watch }: Pick<CatalogDeps, "watch">): Handler<typeof incidentGet> =>
  async ({ from, incident: ref }) => {
    const view = await watch.incident(ref);
    if (view === null) throw notFound(ref);
    const lines = await watch.incidentLines(view.id, from);
    const end = view.endedAt ?? view.lastSeen;
    return {
      ...incidentShape(view),
      open: view.open,
      environment: view.environment,
      ...given("ended_at", view.endedAt === null ? null : iso(view.endedAt)),
      lasted: lasted(end - view.openedAt),
      untold: view.endedAt !== null && view.heldUntil > view.endedAt,
      ...given("acknowledged_by", view.acknowledgedBy),
      paged: view.paged,
      reopened: view.reopened,
      revision: view.revision,
      details: detailsOf(view),
      more_details: view.moreAlerts,
      releases: view.releases.map(({ action, approvalId, outcome }) => ({
        action,
        approval_id: approvalId,
        ...given("outcome", outcome),
      })),
      points: view.points.map(({ atMs, limit, value }) => ({
        at: iso(atMs),
        ...given("value", value),
        ...given("limit", limit),
      })),
      lines: lines.map(({ atMs, loud, said }) => ({ at: iso(atMs), said, loud })),
    };
  };

import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { notFound } from "./incident-get.ts";
import { IncidentShape, incidentShape } from "./incident-shape.ts";
import { refuse } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";
import type { IncidentAsk } from "./watch-ports.ts";

/** What people can do about an Incident, the same on every surface. */
export const INCIDENT_ACTIONS = [
  "ack",
  "assign",
  "snooze",
  "false_alarm",
  "retrain",
  "rollback",
  "resolve",
] as const;

const REASONS = ["season", "known_change", "too_small", "broken_data", "other"] as const;

/**
 * Acts on an Incident. retrain and rollback open a release approval, which people decide; nothing starts before. Throws
 * INCIDENT_NOT_FOUND, INCIDENT_OVER, SNOOZE_RANGE, PERSON_UNKNOWN, INVALID_INPUT, NOT_READY.
 */
export const alertResolve = defineOperation({
  name: "alert_resolve",
  title: "Act on an incident",
  description:
    "ack, assign, snooze, false_alarm or resolve an incident; retrain and rollback ask people for an approval.",
  scope: "pipeline:run",
  toolset: "monitoring",
  annotations: WRITE,
  input: z.strictObject({
    incident: z.string(),
    action: z.enum(INCIDENT_ACTIONS),
    /** assign: the person's id. */
    to: z.string().optional(),
    /** snooze: a time, 1h, 1d, or next_deploy. */
    until: z.string().optional(),
    reason: z.enum(REASONS).optional(),
    note: z.string().max(1000).optional(),
    idempotency_key: z.string().max(120).optional(),
  }),
  output: z.strictObject({ ...IncidentShape.shape, approval_id: z.string().optional() }),
});

type Input = z.output<typeof alertResolve.input>;
const HOUR_MS = 3_600_000;

/** "1h", "3d", an ISO time, or "next_deploy" (null). */
export const parseUntil = (text: string, nowMs: number): number | null => {
  if (text === "next_deploy") return null;
  const span = /^(\d{1,3})([hd])$/.exec(text.trim());
  if (span) return nowMs + Number(span[1]) * (span[2] === "d" ? 24 : 1) * HOUR_MS;
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw new UserInputError("SNOOZE_RANGE", `"${text}" is no time`, {
    expected: "1h, 1d, a time such as 2026-11-25T09:00Z, or next_deploy",
    got: text,
  });
};

const need = <T>(value: T | undefined, what: string): T => {
  if (value !== undefined) return value;
  throw new UserInputError("INVALID_INPUT", `${what} is missing`, { next: `give ${what}` });
};

type Deps = Pick<CatalogDeps, "watch" | "people" | "releases" | "nowMs">;

const personOf = async ({ people }: Deps, ref: string): Promise<string> => {
  const found = (await people.list()).find((one) => one.id === ref || one.name === ref);
  if (found) return found.id;
  throw new UserInputError("PERSON_UNKNOWN", `nobody here is called "${ref}"`, {
    next: "people lists who is here",
  });
};

const askOf = async (deps: Deps, input: Input): Promise<IncidentAsk> => {
  switch (input.action) {
    case "assign":
      return { type: "assign", to: await personOf(deps, need(input.to, "to")) };
    case "snooze":
      return { type: "snooze", until: parseUntil(need(input.until, "until"), deps.nowMs()) };
    case "false_alarm":
      return {
        type: "false_alarm",
        reason: need(input.reason, "reason"),
        note: input.note ?? "",
      };
    case "ack":
    case "resolve":
      return { type: input.action };
    default:
      throw new UserInputError("INVALID_INPUT", `${input.action} is asked for as a release`);
  }
};

export const createAlertResolve =
  (deps: Deps): Handler<typeof alertResolve> =>
  async (input, { actor, key: given }) => {
    const key = input.idempotency_key ?? given;
    const view = await deps.watch.incident(input.incident);
    if (view === null) throw notFound(input.incident);
    const { action } = input;
    const asked =
      action === "retrain" || action === "rollback"
        ? await deps.releases.askForIncident(view, action, actor, key)
        : null;
    const command: IncidentAsk =
      asked === null
        ? await askOf(deps, input)
        : {
            type: "release",
            action: asked.action,
            runId: asked.runId,
            approvalId: asked.approvalId,
          };
    const done = await deps.watch.command({
      key: `${key}/incident`,
      incidentId: view.id,
      actor,
      command,
    });
    if (!done.ok) throw refuse(done.rejection);
    const after = (await deps.watch.incident(view.id)) ?? view;
    return {
      ...incidentShape(after),
      ...(asked === null ? {} : { approval_id: asked.approvalId }),
    };
  };

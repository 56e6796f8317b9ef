import { z } from "zod";
import { defineOperation, type Handler, READ } from "./define.ts";
import { findRun } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";
import { runShape } from "./shapes.ts";

const MAX_EVENTS = 50;

/** Waits until a run changes; says what happened since. Throws RUN_NOT_FOUND. */
export const runWait = defineOperation({
  name: "run_wait",
  title: "Wait for a run",
  description:
    "Wait up to 45 s until something changes in a run, an approval included. Call again with the returned seq; do not poll other tools.",
  scope: "pipeline:read",
  toolset: "core",
  annotations: READ,
  input: z.strictObject({
    run_id: z.string(),
    since: z.int().min(0).optional(),
    timeout_s: z.int().min(1).max(45).default(25),
  }),
  output: z.strictObject({
    changed: z.boolean(),
    seq: z.int(),
    status: z.string(),
    phase: z.int().nullable(),
    waits_for: z.string().optional(),
    events: z.array(
      z.strictObject({
        seq: z.int(),
        type: z.string(),
        subject: z.string().optional(),
        /** The person who did it and the surface, where it was a person. */
        by: z.string().optional(),
        via: z.string().optional(),
      }),
    ),
    open_approvals: z.array(z.string()),
    note: z.string().optional(),
  }),
});

const subjectOf = (body: object): string | undefined => {
  const named = body as {
    readonly step?: string;
    readonly phase?: number;
    readonly approvalId?: string;
  };
  return named.step ?? (named.phase ? `phase ${named.phase}` : named.approvalId);
};

export const createRunWait =
  ({
    approvals,
    events,
    feed,
    runs,
  }: Pick<CatalogDeps, "runs" | "feed" | "events" | "approvals">): Handler<typeof runWait> =>
  async ({ run_id, since, timeout_s }, call) => {
    const before = await findRun(runs, run_id);
    const from = since ?? before.headSeq;
    const changed = await feed.waitFor(before.runId, from, timeout_s * 1000, call.signal);
    const run = await findRun(runs, before.runId);
    const shape = runShape(run, await runs.state(run.runId));
    const happened = await events.since(run.runId, from, MAX_EVENTS);
    const open = await approvals.list({ runId: run.runId });
    return {
      changed,
      seq: happened.at(-1)?.seq ?? from,
      status: shape.status,
      phase: shape.phase,
      ...(shape.waits_for ? { waits_for: shape.waits_for } : {}),
      events: happened.map((event) => {
        const subject = subjectOf(event.body);
        const { person, via } = event.actor;
        return {
          seq: event.seq,
          type: event.body.type,
          ...(subject ? { subject } : {}),
          ...(person === null ? {} : { by: person, via }),
        };
      }),
      open_approvals: open.map((approval) => approval.approvalId),
      ...(open.length > 0
        ? { note: "People decide this. Nothing an assistant does moves the run on until then." }
        : {}),
    };
  };

import { z } from "zod";
import { defineOperation, type Handler, READ } from "./define.ts";
import { findRun } from "./lookup.ts";
import type { AuditLine, CatalogDeps } from "./ports.ts";
import { present } from "./present.ts";
import { page } from "./shapes.ts";

const Line = z.strictObject({
  at: z.string(),
  action: z.string(),
  subject: z.string(),
  person: z.string().optional(),
  on_behalf_of: z.string().optional(),
  via: z.string(),
  /** True when a language model chose the call. */
  model: z.boolean(),
  attested: z.string().optional(),
  run_id: z.string().optional(),
  policy_version: z.string().optional(),
  evidence: z.string().optional(),
  log_head: z.string().optional(),
  detail: z.string(),
});

/** Who did what, for whom, from where, how proved, on which evidence; newest first. Throws RUN_NOT_FOUND. */
export const auditSearch = defineOperation({
  name: "audit_search",
  title: "Search the audit log",
  description: "Who decided or changed what, how proved and on which evidence, newest first.",
  scope: "pipeline:read",
  toolset: "audit",
  annotations: READ,
  input: z.strictObject({
    run_id: z.string().optional(),
    text: z.string().max(200).optional(),
    action: z.string().max(60).optional(),
    person: z.string().max(60).optional(),
    since: z.iso.datetime({ offset: true }).optional(),
    until: z.iso.datetime({ offset: true }).optional(),
    ...page,
    limit: z.int().min(1).max(200).default(20),
  }),
  output: z.strictObject({ lines: z.array(Line), next_cursor: z.string().optional() }),
  untrusted: ["lines.detail"],
});

const MAX_DETAIL = 500;

const momentOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text);

const lineShape = (line: AuditLine): z.infer<typeof Line> => ({
  at: new Date(line.at).toISOString(),
  action: line.action,
  subject: line.subject,
  via: line.actor.via,
  model: line.actor.model,
  detail: JSON.stringify(line.detail ?? {}).slice(0, MAX_DETAIL),
  ...present({
    person: line.person,
    on_behalf_of: line.onBehalfOf,
    attested: line.attested,
    run_id: line.runId,
    policy_version: line.policyVersion,
    evidence: line.evidence,
    log_head: line.headHash,
  }),
});

export const createAuditSearch =
  ({ audit, runs }: Pick<CatalogDeps, "audit" | "runs">): Handler<typeof auditSearch> =>
  async ({ action, cursor, limit, person, run_id, since, text, until }) => {
    const run = run_id === undefined ? null : await findRun(runs, run_id);
    const found = await audit.search({
      limit,
      ...present({ action, cursor, person, text, runId: run?.runId }),
      ...present({ sinceMs: momentOf(since), untilMs: momentOf(until) }),
    });
    return { lines: found.items.map(lineShape), ...present({ next_cursor: found.next }) };
  };

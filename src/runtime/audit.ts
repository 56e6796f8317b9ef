import type { CommandBody, CommandType } from "../engine/command.ts";
import type { RunEvent } from "../engine/event.ts";
import type { AuditWrite } from "../store/rows.ts";

// What people did or decided. The worker's own commands stand in the log and would only bury these lines.
const AUDITED: ReadonlySet<CommandType> = new Set([
  "StartRun",
  "PauseRun",
  "ResumeRun",
  "CancelRun",
  "RerunRun",
  "ChangeSpec",
  "CastVote",
  "DelegateVotes",
  "ExtendApproval",
  "WaiveLevel",
  "RequestRelease",
  "UnblockStep",
]);

const subjectOf = (body: CommandBody): string => {
  if ("approvalId" in body) return body.approvalId;
  if ("stepKey" in body) return body.stepKey;
  return body.type === "StartRun" ? body.pipelineId : "run";
};

/** The audit lines of an accepted command: who did what to which subject, and on which evidence. */
export const auditOf = (body: CommandBody, events: readonly RunEvent[]): readonly AuditWrite[] => {
  if (!AUDITED.has(body.type)) return [];
  const vote = events.find((event) => event.type === "VoteCast");
  const reason = "reason" in body ? body.reason : "note" in body ? body.note : null;
  return [
    {
      action: body.type === "CastVote" ? `CastVote.${body.decision}` : body.type,
      subject: subjectOf(body),
      detail: { reason, events: events.map((event) => event.type) },
      ...(vote?.manifestHash ? { evidence: vote.manifestHash } : {}),
      ...(vote ? { attested: vote.attested } : {}),
      ...(vote?.onBehalfOf ? { onBehalfOf: vote.onBehalfOf } : {}),
    },
  ];
};

import { remind } from "./show/remind.ts";
import type { Show, ShowDeps, SlackRow } from "./show/row.ts";
import { showApproval } from "./show/show-approval.ts";
import { showCode } from "./show/show-code.ts";
import { showDigest } from "./show/show-digest.ts";
import { showEvidence } from "./show/show-evidence.ts";
import { showFollowed } from "./show/show-followed.ts";
import { showIncident, showIncidentEvidence, showIncidentLine } from "./show/show-incident.ts";
import { showDelivery, showRequest } from "./show/show-lines.ts";
import { showRun } from "./show/show-run.ts";
import { showBlocked, showEnd, showStep } from "./show/show-step.ts";

export type { SlackRow } from "./show/row.ts";

const SHOWS: Readonly<Record<string, Show>> = {
  run: showRun,
  handoff: showApproval,
  budget: showApproval,
  release: showApproval,
  step: showStep,
  blocked: showBlocked,
  end: showEnd,
  reminder: remind,
  escalation: remind,
  code: showCode,
  followed: showFollowed,
  request: showRequest,
  evidence: showEvidence,
  delivery: showDelivery,
  digest: showDigest,
  incident: showIncident,
  incident_evidence: showIncidentEvidence,
  incident_line: showIncidentLine,
};

/** Shows what the outbox names: renders the state that is now, posts it once, and edits it ever after. */
export const createSlackDeliver =
  (deps: ShowDeps) =>
  async (row: SlackRow): Promise<{ readonly externalRef: string | null }> => {
    const show = SHOWS[row.kind];
    if (show) return { externalRef: await show(deps, row) };
    deps.log.warn("nothing shows this kind", { kind: row.kind, effect: row.effectKey });
    return { externalRef: null };
  };

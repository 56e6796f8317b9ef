import type { Actor } from "../../engine/command.ts";
import { SLACK_TARGET } from "../outbox.ts";
import { isSlackOn } from "../slack-on.ts";
import { commitWorkspace, type WorkspaceDeps } from "./identity.ts";

export interface DecisionAsk {
  readonly runId: string;
  readonly approvalId: string;
  readonly revision: number;
  /** What the assistant says about it; untrusted text. */
  readonly note: string;
}

/**
 * Puts an approval before people on an assistant's word: a line where the run is shown, once per revision and asker, and an audit
 * line. It decides nothing. False: Slack is not configured, so people see it in the terminal alone.
 */
export const askForDecision = async (
  deps: WorkspaceDeps,
  ask: DecisionAsk,
  actor: Actor,
  key: string,
): Promise<boolean> => {
  const { approvalId, note, revision, runId } = ask;
  const payload = { approvalId, revision, note };
  const shown = await isSlackOn(deps);
  await commitWorkspace<true>(deps, { actor, key, payload }, () => ({
    answer: true,
    outbox: shown
      ? [
          {
            effectKey: `request/${approvalId}/${revision}/${actor.ref}`,
            target: SLACK_TARGET,
            lane: runId,
            kind: "request",
            body: { run_id: runId, ref: approvalId, by: actor.ref, for: actor.person, note },
          },
        ]
      : [],
    audit: [{ action: "DecisionAsked", subject: approvalId, detail: { note, run: runId } }],
  }));
  return shown;
};

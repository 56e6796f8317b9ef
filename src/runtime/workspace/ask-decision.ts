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

/** Whether the run has, or will have, a thread: its own channel, or the workspace's, under the keys that Slack's messages are kept by. */
const hasThread = async (deps: WorkspaceDeps, runId: string): Promise<boolean> => {
  if (!(await isSlackOn(deps))) return false;
  if (deps.config.surfaces.slack.channel !== null) return true;
  const kept = await Promise.all(
    [`run/${runId}`, `channel/${runId}`].map((key) => deps.store.messages.get(SLACK_TARGET, key)),
  );
  return kept.some((ref) => ref !== null);
};

/**
 * Puts an approval before people on an assistant's word: a line where the run is shown, once per revision and asker, and an audit
 * line. It decides nothing. False: no Slack channel shows the run, so people see it in the terminal alone.
 */
export const askForDecision = async (
  deps: WorkspaceDeps,
  ask: DecisionAsk,
  actor: Actor,
  key: string,
): Promise<boolean> => {
  const { approvalId, note, revision, runId } = ask;
  const payload = { approvalId, revision, note };
  const shown = await hasThread(deps, runId);
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

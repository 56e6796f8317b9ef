import { cut } from "../escape.ts";
import type { HandoffAnswer } from "./handoff-message.ts";
import type { ModalView } from "./slack-types.ts";

export const VOTE_MODAL = "handoff_vote";
export type Decision = "approve" | "request_changes" | "reject";

/** What the modal carries to its submission: ids and the hash of what was shown, nothing else. */
export interface VoteModalState {
  readonly approval: string;
  readonly manifest: string;
  readonly decision: Decision;
}

const TITLES: Readonly<Record<Decision, string>> = {
  approve: "Approve handoff",
  request_changes: "Request changes",
  reject: "Reject handoff",
};

const LABELS: Readonly<Record<Decision, string>> = {
  approve: "Note (optional)",
  request_changes: "What is to be changed?",
  reject: "Why?",
};

/** The modal in which a person casts a vote on the evidence shown. Pure. */
export const renderVoteModal = (handoff: HandoffAnswer, decision: Decision): ModalView => {
  const state: VoteModalState = {
    approval: handoff.approval_id,
    manifest: handoff.manifest,
    decision,
  };
  return {
    type: "modal",
    callback_id: VOTE_MODAL,
    private_metadata: JSON.stringify(state),
    title: { type: "plain_text", text: TITLES[decision] },
    submit: { type: "plain_text", text: decision === "approve" ? "Approve" : "Send" },
    close: { type: "plain_text", text: "Back" },
    blocks: [
      {
        type: "section",
        text: {
          type: "plain_text",
          text: cut(`${handoff.run}: ${handoff.title}\n${handoff.headline}`, 2000),
        },
      },
      {
        type: "context",
        elements: [
          {
            type: "plain_text",
            text: `revision ${handoff.revision} · manifest sha256:${handoff.manifest.slice(0, 12)}`,
          },
        ],
      },
      {
        type: "input",
        block_id: "note",
        optional: decision === "approve",
        label: { type: "plain_text", text: LABELS[decision] },
        element: { type: "plain_text_input", action_id: "text", multiline: true, max_length: 2000 },
      },
    ],
  };
};

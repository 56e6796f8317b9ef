import type { z } from "zod";
import type { handoffGet } from "../../operations/handoff-get.ts";
import { cut, escapeMrkdwn } from "../escape.ts";
import type { Rendered } from "./rendered.ts";
import type { KnownBlock } from "./slack-types.ts";

export type HandoffAnswer = z.output<typeof handoffGet.output>;

export const ACTIONS = {
  approve: "handoff_approve",
  request_changes: "handoff_changes",
  reject: "handoff_reject",
} as const;

const MAX_DECISIONS = 5;
const MAX_FIELDS = 8;

const isOpen = (handoff: HandoffAnswer): boolean =>
  handoff.status === "open" || handoff.status === "escalated";

const button = (text: string, action: string, approval: string, style?: "primary" | "danger") => ({
  type: "button" as const,
  text: { type: "plain_text" as const, text },
  action_id: action,
  value: approval,
  ...(style ? { style } : {}),
});

const plain = (text: string, max: number): KnownBlock => ({
  type: "section",
  text: { type: "plain_text", text: cut(text, max) },
});

const decisions = (handoff: HandoffAnswer): string =>
  handoff.steps
    .flatMap((step) => step.decisions)
    .slice(0, MAX_DECISIONS)
    .map((item) => `• ${item.decided}: ${item.why}`)
    .join("\n");

const actions = (handoff: HandoffAnswer): KnownBlock => ({
  type: "actions",
  block_id: `handoff-${handoff.approval_id}-${handoff.revision}`,
  elements: [
    button("Approve…", ACTIONS.approve, handoff.approval_id, "primary"),
    button("Request changes…", ACTIONS.request_changes, handoff.approval_id),
    button("Reject…", ACTIONS.reject, handoff.approval_id, "danger"),
  ],
});

const decided = (handoff: HandoffAnswer, logHead: string): KnownBlock => {
  const votes = handoff.votes.map((vote) => `${vote.person}: ${vote.decision.replace("_", " ")}`);
  return plain(
    `${handoff.status.replace("_", " ")} (${votes.join(", ") || "no vote"}) · log head ${logHead}`,
    2000,
  );
};

/** A handoff request in the run's thread; decided, its buttons give way to who decided and the log's head. Pure. */
export const renderHandoffMessage = (handoff: HandoffAnswer, logHead: string): Rendered => {
  const open = isOpen(handoff);
  const blocks: KnownBlock[] = [
    { type: "header", text: { type: "plain_text", text: cut(handoff.title, 120) } },
    plain(handoff.headline, 600),
    {
      type: "section",
      fields: handoff.numbers.slice(0, MAX_FIELDS).map(({ name, value }) => ({
        type: "mrkdwn" as const,
        text: cut(`*${escapeMrkdwn(name)}*\n${escapeMrkdwn(value)}`, 300),
      })),
    },
    plain(decisions(handoff) || "No decision was recorded.", 1500),
    ...(handoff.assumptions.length > 0
      ? [plain(`Assumed: ${handoff.assumptions.slice(0, 3).join(" · ")}`, 1500)]
      : []),
    ...(handoff.below_level.length > 0
      ? [plain(`Below the policy's level: ${handoff.below_level.join(", ")}`, 600)]
      : []),
    {
      type: "context",
      elements: [
        {
          type: "plain_text",
          text: cut(
            `From the blueprint · ${handoff.diff.files} files +${handoff.diff.added} −${handoff.diff.removed} · may decide: ${handoff.may_decide.join(", ")} until ${handoff.expires_at}`,
            600,
          ),
        },
      ],
    },
    open ? actions(handoff) : decided(handoff, logHead),
    {
      type: "context",
      elements: [
        {
          type: "plain_text",
          text: `revision ${handoff.revision} · risk ${handoff.risk} · manifest sha256:${handoff.manifest.slice(0, 12)} · policy ${handoff.policy_version}`,
        },
      ],
    },
  ];
  const ask = open ? `Please decide until ${handoff.expires_at}.` : `${handoff.status}.`;
  return {
    text: cut(`${handoff.title} of ${handoff.run}: ${handoff.headline} ${ask}`, 600),
    blocks,
  };
};

import type { z } from "zod";
import type { pipelineStatus } from "../../operations/pipeline-status.ts";
import { cut, escapeMrkdwn } from "../escape.ts";
import type { Rendered } from "./rendered.ts";
import type { KnownBlock } from "./slack-types.ts";

type Status = z.output<typeof pipelineStatus.output>;

const STEP_WORDS: Readonly<Record<string, string>> = {
  blocked: "waiting",
  ready: "next",
  working: "working",
  checking: "checking",
  submitted: "submitted",
  accepted: "done",
  stale: "to be done again",
};

/** The one message of a run, edited in place: state in words, the seven specialists, cost. Pure. */
export const renderRunMessage = (status: Status): Rendered => {
  const run = status.runs[0];
  const steps = status.steps ?? [];
  const lines = steps.map(
    (step) =>
      `${step.status === "accepted" ? "✓" : step.blocked?.startsWith("person") ? "✕" : "·"} ${step.specialist}: ${step.blocked?.startsWith("person") ? `blocked, ${step.blocked}` : (STEP_WORDS[step.status] ?? step.status)}`,
  );
  const blocks: KnownBlock[] = [
    {
      type: "section",
      text: {
        type: "mrkdwn",
        text: cut(`*${escapeMrkdwn(run?.run ?? "")}* ${escapeMrkdwn(status.summary)}`, 2000),
      },
    },
    {
      type: "section",
      text: { type: "plain_text", text: cut(lines.join("\n") || "no step yet", 2000) },
    },
    {
      type: "context",
      elements: [{ type: "plain_text", text: `Cost so far $${status.spend_usd.toFixed(2)}` }],
    },
  ];
  return { text: cut(status.summary, 600), blocks };
};

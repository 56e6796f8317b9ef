import type { z } from "zod";
import { isProductError, UserInputError } from "../../lib/errors.ts";
import { approvalVote } from "../../operations/approval-vote.ts";
import { approvalsList } from "../../operations/approvals-list.ts";
import { levelWaive } from "../../operations/level-waive.ts";
import { present } from "../../operations/present.ts";
import { voteCodeSend } from "../../operations/vote-code-send.ts";
import type { CliContext, CommonOptions } from "../context.ts";
import { follow } from "../follow.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import type { Session } from "../session.ts";
import { bullets } from "../table.ts";

export interface VoteOptions extends CommonOptions {
  readonly file?: string;
  readonly severity?: "must" | "should" | "question";
  readonly waive?: string;
  readonly manifest?: string;
  readonly code?: string;
  readonly sendCode?: boolean;
  readonly for?: string;
  readonly raiseTo?: number;
}

export type Decision = "approve" | "request_changes" | "reject";
type Voted = z.output<typeof approvalVote.output>;

const WORDS = {
  approved: "approved",
  changes_requested: "changes requested",
  rejected: "rejected",
  recorded: "recorded; the approval stays open until enough votes that count are in",
} as const;

const UNPROVED =
  "not proved: where approvers are named, and for production, a vote from here counts only with the code that Slack sends you (--send-code, then --code)";

const sendCode = async (context: CliContext, session: Session, target: string) => {
  const sent = await session.call(voteCodeSend, { approval: target });
  answer(
    context.io,
    sent,
    (value) =>
      `Slack sends ${value.sent_to.join(", ")} a code for ${value.run}; it holds ${value.minutes} minutes.\nnext: mlpipeline approve ${target} --code CODE`,
  );
  return EXIT.ok;
};

/** The code that the voter typed; undefined where none can be asked for or sent: the vote is then recorded as not proved. */
const askCode = async (
  context: CliContext,
  session: Session,
  target: string,
  given: string | undefined,
): Promise<string | undefined> => {
  if (given !== undefined || !session.slackConfigured || context.ask === null) return given;
  try {
    const sent = await session.call(voteCodeSend, { approval: target });
    const typed = await context.ask(
      `Code that Slack sent to ${sent.sent_to.join(", ")} (empty: vote without): `,
    );
    return typed.trim() === "" ? undefined : typed;
  } catch (error) {
    if (!isProductError(error) || error.code !== "NO_SLACK") throw error;
    context.io.err(error.message);
    return undefined;
  }
};

const FIELDS = {
  usd: "raise_to_usd",
  tokens: "raise_to_tokens",
  hours: "raise_to_hours",
} as const;

/** The budget approval that a target means, and the field that carries the amount in its unit. */
const budgetOf = async (session: Session, target: string) => {
  const { approvals } = await session.call(approvalsList, { limit: 50 });
  const fits = (text: string) => text.toLowerCase().startsWith(target.toLowerCase());
  const found = approvals.find(
    (one) =>
      one.ask !== undefined && (one.run === target || fits(one.run_id) || fits(one.approval_id)),
  );
  if (found?.ask !== undefined)
    return { approval: found.approval_id, field: FIELDS[found.ask.unit] };
  throw new UserInputError("APPROVAL_NOT_FOUND", `${target} asks for no budget`, {
    next: "mlpipeline approvals",
  });
};

const linesOf = (voted: Voted, session: Session): readonly string[] => [
  `${voted.run}: ${WORDS[voted.outcome]} by ${voted.decided_by}`,
  ...(voted.attested === "none" && session.slackConfigured ? [UNPROVED] : []),
  `log head ${voted.log_head}`,
  ...(voted.understood.length > 0 ? [`understood:\n${bullets(voted.understood)}`] : []),
  ...(voted.not_understood.length > 0
    ? [`not understood, stays open:\n${bullets(voted.not_understood)}`]
    : []),
];

const cast = async (
  context: CliContext,
  session: Session,
  decision: Decision,
  target: string,
  text: string | undefined,
  options: VoteOptions,
): Promise<Voted> => {
  const budget = options.raiseTo === undefined ? null : await budgetOf(session, target);
  const approval = budget?.approval ?? target;
  if (options.waive !== undefined)
    await session.call(levelWaive, { approval, reason: options.waive });
  const code = await askCode(context, session, approval, options.code);
  const { file, manifest, severity } = options;
  return session.call(approvalVote, {
    approval,
    decision,
    comments:
      text === undefined ? [] : [{ text, severity: severity ?? "should", ...present({ file }) }],
    ...present({ manifest, code, on_behalf_of: options.for }),
    ...(budget === null ? {} : { [budget.field]: options.raiseTo }),
  });
};

/** One person's decision from the terminal: `text` is the comment or reason. */
export const vote = async (
  context: CliContext,
  decision: Decision,
  target: string,
  text: string | undefined,
  options: VoteOptions,
): Promise<ExitCode> => {
  const session = await context.open(present({ key: options.key }));
  try {
    if (options.sendCode) return await sendCode(context, session, target);
    const voted = await cast(context, session, decision, target, text, options);
    const lines = linesOf(voted, session).join("\n");
    if (!options.wait) {
      answer(context.io, voted, () => lines);
      return EXIT.ok;
    }
    context.io.err(lines);
    return await follow(context, session, voted.run_id, voted.run);
  } finally {
    await session.close();
  }
};

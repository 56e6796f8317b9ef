import { approvalVote } from "../../operations/approval-vote.ts";
import { levelWaive } from "../../operations/level-waive.ts";
import type { CliContext, CommonOptions } from "../context.ts";
import { follow } from "../follow.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { bullets } from "../table.ts";

export interface VoteOptions extends CommonOptions {
  readonly file?: string;
  readonly severity?: "must" | "should" | "question";
  readonly waive?: string;
  readonly manifest?: string;
}

const WORDS = {
  approved: "approved",
  changes_requested: "changes requested",
  rejected: "rejected",
  recorded: "recorded; the approval stays open until enough votes that count are in",
} as const;

/** One person's decision from the terminal: `text` is the comment or reason. */
export const vote = async (
  context: CliContext,
  decision: "approve" | "request_changes" | "reject",
  target: string,
  text: string | undefined,
  options: VoteOptions,
): Promise<ExitCode> => {
  const session = await context.open(options.key === undefined ? {} : { key: options.key });
  try {
    if (options.waive !== undefined) {
      await session.call(levelWaive, { approval: target, reason: options.waive });
    }
    const comment = {
      text: text ?? "",
      severity: options.severity ?? ("should" as const),
      ...(options.file === undefined ? {} : { file: options.file }),
    };
    const voted = await session.call(approvalVote, {
      approval: target,
      decision,
      comments: text === undefined ? [] : [comment],
      ...(options.manifest === undefined ? {} : { manifest: options.manifest }),
    });
    const lines = [
      `${voted.run}: ${WORDS[voted.outcome]} by ${voted.decided_by}`,
      `log head ${voted.log_head}`,
      ...(voted.understood.length > 0 ? [`understood:\n${bullets(voted.understood)}`] : []),
      ...(voted.not_understood.length > 0
        ? [`not understood, stays open:\n${bullets(voted.not_understood)}`]
        : []),
    ];
    if (!options.wait) {
      answer(context.io, voted, () => lines.join("\n"));
      return EXIT.ok;
    }
    context.io.err(lines.join("\n"));
    return await follow(context, session, voted.run_id, voted.run);
  } finally {
    await session.close();
  }
};

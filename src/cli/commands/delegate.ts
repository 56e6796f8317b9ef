import { approvalExtend } from "../../operations/approval-extend.ts";
import { present } from "../../operations/present.ts";
import { untilOf } from "../../operations/until.ts";
import { votesDelegate } from "../../operations/votes-delegate.ts";
import type { CliContext, CommonOptions } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";

/** Lets another person vote for you in a run until a moment. */
export const delegate = async (
  context: CliContext,
  run: string,
  to: string,
  until: string,
  options: CommonOptions,
): Promise<ExitCode> => {
  const session = await context.open(present({ key: options.key }));
  try {
    const done = await session.call(votesDelegate, {
      run_id: run,
      to,
      until: untilOf(until, session.nowMs()),
    });
    answer(
      context.io,
      done,
      (value) => `${value.to} may vote for ${value.person} in ${value.run} until ${value.until}`,
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

/** Gives an approval more time; the owner's to do. */
export const extend = async (
  context: CliContext,
  target: string,
  until: string,
  options: CommonOptions,
): Promise<ExitCode> => {
  const session = await context.open(present({ key: options.key }));
  try {
    const done = await session.call(approvalExtend, {
      approval: target,
      until: untilOf(until, session.nowMs()),
    });
    answer(context.io, done, (value) => `${value.run}: ${value.status} until ${value.expires_at}`);
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

import { handoffGet } from "../operations/handoff-get.ts";
import type { CliContext } from "./context.ts";
import { EXIT, type ExitCode } from "./io.ts";
import { createProgressView } from "./progress.ts";
import { renderHandoff } from "./render-handoff.ts";
import type { DriveEnd, Session } from "./session.ts";

const showEnd = async (
  context: CliContext,
  session: Session,
  run: string,
  end: DriveEnd,
): Promise<ExitCode> => {
  const { io } = context;
  if (end.kind === "handoff") {
    const handoff = await session.call(handoffGet, { approval: end.approvalId });
    io.out(io.json ? JSON.stringify({ end, handoff }, null, 2) : renderHandoff(handoff));
    return EXIT.ok;
  }
  if (io.json) io.out(JSON.stringify({ end }, null, 2));
  switch (end.kind) {
    case "over":
      if (!io.json) io.out(`${run} is ${end.status}`);
      return end.status === "completed" ? EXIT.ok : EXIT.blocked;
    case "paused":
      if (!io.json) io.out(`${run} is paused: ${end.why}\nnext: mlpipeline resume ${run}`);
      return EXIT.blocked;
    case "blocked":
      if (!io.json) {
        io.out(
          `${run} needs a person: ${end.step} is blocked (${end.code})\nnext: mlpipeline status ${run} | mlpipeline retry ${run} ${end.step}`,
        );
      }
      return EXIT.blocked;
    default:
      return end satisfies never;
  }
};

/** Follows a run with progress until a person is needed or it is over, and shows what it came to. */
export const follow = async (
  context: CliContext,
  session: Session,
  runId: string,
  run: string,
): Promise<ExitCode> => {
  const view = createProgressView(context.io, context.stderr);
  try {
    const end = await session.drive(runId, view.show, context.stop);
    view.end();
    return await showEnd(context, session, run, end);
  } finally {
    view.end();
  }
};

import { approvalVote } from "../../operations/approval-vote.ts";
import { deliverablesList } from "../../operations/deliverables-list.ts";
import { handoffGet } from "../../operations/handoff-get.ts";
import { levelWaive } from "../../operations/level-waive.ts";
import { runStart } from "../../operations/run-start.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../io.ts";
import { createProgressView } from "../progress.ts";
import type { DriveEnd, Session } from "../session.ts";
import { bullets, table } from "../table.ts";

export interface DemoOptions {
  /** The dataset that ships with the product. */
  readonly dataset: string;
  readonly home: string;
}

const GOAL = "Predict which wildlife strikes damage the aircraft";
const TARGET = "Effect Amount of damage";
const WAIVER = "demo: nobody decides here, and what is missing is said";

/** Approves a handoff as the demo's one person and gives the lines that tell of it. */
const approve = async (session: Session, approvalId: string): Promise<readonly string[]> => {
  const handoff = await session.call(handoffGet, { approval: approvalId });
  if (handoff.below_level.length > 0) {
    await session.call(levelWaive, { approval: approvalId, reason: WAIVER });
  }
  await session.call(approvalVote, { approval: approvalId, decision: "approve" });
  const waived =
    handoff.below_level.length > 0
      ? ` (below level, waived: ${handoff.below_level.join(", ")})`
      : "";
  return [
    `${handoff.title}`,
    `  ${handoff.headline}`,
    ...(handoff.assumptions.length > 0 ? [bullets(handoff.assumptions)] : []),
    ...handoff.steps.flatMap((step) =>
      step.decisions
        .slice(0, 3)
        .map((item) => `  ${step.specialist}: ${item.decided} — ${item.why}`),
    ),
    `  ${handoff.diff.files} files, +${handoff.diff.added} lines · approved by the demo itself${waived}`,
  ];
};

const deliverableTable = async (session: Session, run: string): Promise<string> => {
  const { deliverables } = await session.call(deliverablesList, { run_id: run });
  return table([
    ["deliverable", "specialist", "phase", "level", "files"],
    ...deliverables.map((item) => [
      item.deliverable,
      item.specialist,
      String(item.phase),
      item.level,
      String(item.files.length),
    ]),
  ]);
};

const whyStopped = (end: DriveEnd): string => {
  if (end.kind === "blocked") return `${end.step} is blocked (${end.code})`;
  return end.kind === "paused" ? end.why : end.kind === "over" ? end.status : "a handoff waits";
};

/** Builds the whole pipeline from birdstrikes in a home of its own, approving its own handoffs, and shows what came out. */
export const demo = async (context: CliContext, options: DemoOptions): Promise<ExitCode> => {
  const { io } = context;
  const session = await context.open({ home: options.home, demo: true });
  const view = createProgressView(io, context.stderr);
  try {
    const started = await session.call(runStart, {
      pipeline: "birdstrikes",
      goal: GOAL,
      dataset: options.dataset,
      target: TARGET,
    });
    io.err(
      `${started.run}: ${started.rows} rows × ${started.columns} columns; ${GOAL.toLowerCase()}`,
    );
    const headlines: string[] = [];
    for (;;) {
      const end = await session.drive(started.run_id, view.show, context.stop);
      view.end();
      if (end.kind !== "handoff") {
        if (end.kind === "over" && end.status === "completed") break;
        io.err(`the demo stopped: ${whyStopped(end)}\nnext: mlpipeline status ${started.run}`);
        return EXIT.blocked;
      }
      const lines = await approve(session, end.approvalId);
      headlines.push(lines[1]?.trim() ?? "");
      io.err(`\n${lines.join("\n")}\n`);
    }
    const repository = await session.repository(started.run_id);
    const result = {
      run: started.run,
      repository,
      trained: headlines[1] ?? "",
      headlines,
    };
    if (io.json) {
      io.out(JSON.stringify(result, null, 2));
    } else {
      io.out(await deliverableTable(session, started.run_id));
      io.out(`\n${result.trained}`);
      io.out(
        "No person approved this pipeline: the demo approves its own handoffs, and its repository says so.",
      );
      io.out(`repository: ${repository}`);
    }
    return EXIT.ok;
  } finally {
    view.end();
    await session.close();
  }
};

import { cutMrkdwn } from "../../escape.ts";
import { fields, header, markup, money, sentences } from "../elements.ts";
import type { Rendered } from "../rendered.ts";
import { scopedAmount } from "../state-words.ts";
import type { ApprovalAnswer, Around } from "./approval-view.ts";
import { askLine, closingText, decide, decided, idLine, openVotes, stillAsks } from "./decision.ts";

const SCOPES: Readonly<Record<string, string>> = {
  run: "this run",
  phase: "this phase",
  day: "today, all runs",
  workspace: "this month, all runs",
};

/** A request to raise a budget: the run waits, and goes on once an amount is agreed. Pure. */
export const renderBudgetMessage = (approval: ApprovalAnswer, around: Around): Rendered => {
  const ask = approval.ask?.kind === "budget" ? approval.ask : null;
  const scope = ask?.scope ?? "run.usd";
  const where = SCOPES[scope.split(".")[0] ?? ""] ?? scope;
  const title = `Budget of ${approval.run} is used up`;
  const need = scopedAmount(scope, ask?.need ?? 0);
  const have = scopedAmount(scope, ask?.have ?? 0);
  const waits = `The run is paused, nothing is lost. It needs ${need} more than it may use and has ${have} left (${where}).`;
  return {
    text: sentences(`${title}.`, waits, closingText(approval)),
    blocks: [
      header(title),
      {
        type: "section",
        text: markup(
          `*${cutMrkdwn(approval.run, 80)}* is paused; nothing is lost.\n${askLine(approval)}`,
        ),
      },
      fields([
        { name: "limit", value: where },
        { name: "needed now", value: need },
        { name: "left", value: have },
        { name: "spent by the run", value: money(approval.spent_usd) },
      ]),
      ...(approval.open ? openVotes(approval) : decided(approval, around)),
      ...(stillAsks(approval) ? [decide(approval, `the budget of ${approval.run}`)] : []),
      idLine(approval),
    ],
  };
};

import { cutMrkdwn } from "../../escape.ts";
import { fields, header, markup, sentences } from "../elements.ts";
import type { Rendered } from "../rendered.ts";
import type { ApprovalAnswer, Around } from "./approval-view.ts";
import { askLine, closingText, decide, decided, idLine, openVotes, stillAsks } from "./decision.ts";

const TITLES: Readonly<Record<string, string>> = {
  promote: "Promote",
  rollback: "Roll back",
  retrain: "Retrain",
};

/** A request to promote, roll back or retrain what a completed run made. Pure. */
export const renderReleaseMessage = (approval: ApprovalAnswer, around: Around): Rendered => {
  const ask = approval.ask?.kind === "release" ? approval.ask : null;
  const title = `${TITLES[ask?.action ?? ""] ?? "Release"} ${ask?.ref ?? approval.run}`;
  return {
    text: sentences(`${title}, from run ${approval.run}.`, closingText(approval)),
    blocks: [
      header(title),
      {
        type: "section",
        text: markup(`From run *${cutMrkdwn(approval.run, 80)}*\n${askLine(approval)}`),
      },
      fields([
        { name: "action", value: ask?.action ?? "" },
        { name: "what", value: ask?.ref ?? "" },
        { name: "risk", value: approval.risk },
      ]),
      ...(approval.open ? openVotes(approval) : decided(approval, around)),
      ...(stillAsks(approval) ? [decide(approval, title)] : []),
      idLine(approval),
    ],
  };
};

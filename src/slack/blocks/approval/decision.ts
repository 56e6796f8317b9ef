import { cut, cutMrkdwn } from "../../escape.ts";
import { LIMITS } from "../../limits.ts";
import { ACTIONS, MENU, menuValue } from "../action-ids.ts";
import {
  actions,
  button,
  context,
  dateMarkup,
  markup,
  option,
  overflow,
  section,
  utc,
} from "../elements.ts";
import type { KnownBlock } from "../slack-types.ts";
import { attestedWords, scopedAmount, stateWords } from "../state-words.ts";
import type { ApprovalAnswer, Around } from "./approval-view.ts";

type Vote = ApprovalAnswer["votes"][number];

const MAX_VOTES = 10;

/** Names of those who may decide, in words. */
export const deciders = ({ may_decide, owner }: ApprovalAnswer): string =>
  may_decide.map((person) => person.name).join(", ") || owner || "nobody until the home is claimed";

/** "1 of 2": approving votes so far, of how many are needed. */
export const quorumWords = ({ quorum, votes }: ApprovalAnswer): string =>
  `${votes.filter((vote) => vote.decision === "approve").length} of ${quorum}`;

/** One vote: who, for whom, what, when, how it was proved, and the note. */
export const voteLine = (vote: Vote, scope = "run.usd"): string => {
  const who = vote.on_behalf_of ? `${vote.person} for ${vote.on_behalf_of}` : vote.person;
  const raise = vote.raise_to === undefined ? "" : ` to ${scopedAmount(scope, vote.raise_to)}`;
  const note = vote.note === "" ? "" : `: ${cut(vote.note, 200)}`;
  return `${who}: ${stateWords(vote.decision)}${raise}, ${utc(vote.at)}, ${attestedWords(vote.attested)}${note}`;
};

const votesOf = ({ ask, votes }: ApprovalAnswer): string => {
  const scope = ask?.kind === "budget" ? ask.scope : undefined;
  return votes
    .slice(-MAX_VOTES)
    .map((vote) => voteLine(vote, scope))
    .join("\n");
};

/** Votes so far, while more are needed; nothing before the first. */
export const openVotes = (approval: ApprovalAnswer): readonly KnownBlock[] =>
  approval.votes.length === 0
    ? []
    : [section(`${quorumWords(approval)} so far\n${votesOf(approval)}`)];

const OUTCOMES: Readonly<Record<string, string>> = {
  approved: "Approved",
  changes_requested: "Changes were requested",
  rejected: "Rejected",
  expired: "Expired: nobody decided in time. It is held until the owner gives more time",
  voided: "Voided",
};

/** What became of an approval, in one sentence. */
export const outcomeWords = (approval: ApprovalAnswer): string => {
  const words = OUTCOMES[approval.status] ?? stateWords(approval.status);
  return approval.voided_because ? `${words}: ${approval.voided_because}` : words;
};

const whatFollows = (approval: ApprovalAnswer): string => {
  if (approval.replaced_by) return "A new request took its place in this thread.";
  if (approval.status === "approved")
    return approval.kind === "handoff" && approval.phase === 4
      ? "That was the last phase."
      : "The run goes on.";
  if (approval.status === "changes_requested") return "The specialists work on it.";
  return approval.status === "rejected" ? "The run is paused until a person resumes it." : "";
};

/** In place of the buttons once it is over: what was decided, by whom and how, on which evidence, and the log's head. */
export const decided = (approval: ApprovalAnswer, { link }: Around): readonly KnownBlock[] => [
  section(
    [`${outcomeWords(approval)}. ${whatFollows(approval)}`, votesOf(approval)]
      .filter((line) => line !== "")
      .join("\n"),
  ),
  context(
    ...(approval.manifest ? [`manifest sha256:${approval.manifest}`] : []),
    `log head ${approval.log_head}`,
    ...(link === null ? [] : [markup(`<${link}|Where it goes on>`)]),
  ),
];

const menu = (approval: ApprovalAnswer) =>
  overflow(ACTIONS.approvalMore, [
    ...(approval.kind === "handoff"
      ? [
          option("Evidence", menuValue(MENU.evidence, approval.approval_id)),
          option("Diff", menuValue(MENU.diff, approval.approval_id)),
        ]
      : []),
    option("Policy", menuValue(MENU.policy, approval.approval_id)),
    option("Delegate my votes…", menuValue(MENU.delegate, approval.approval_id)),
    option("Extend the deadline…", menuValue(MENU.extend, approval.approval_id)),
  ]);

/** The buttons of an approval that takes votes; an expired one has the owner's menu left. */
export const decide = (approval: ApprovalAnswer, what: string): KnownBlock => {
  const { approval_id: id } = approval;
  const more = menu(approval);
  if (!approval.open) return actions(more);
  if (approval.kind === "budget") {
    return actions(
      button("Raise budget…", ACTIONS.raise, id, { style: "primary", says: `Raise ${what}` }),
      button("Reject…", ACTIONS.reject, id, { style: "danger", says: `Reject ${what}` }),
      more,
    );
  }
  return actions(
    button("Approve…", ACTIONS.approve, id, { style: "primary", says: `Approve ${what}` }),
    button("Request changes…", ACTIONS.requestChanges, id, {
      says: `Request changes of ${what}`,
    }),
    button("Reject…", ACTIONS.reject, id, { style: "danger", says: `Reject ${what}` }),
    more,
  );
};

/** True when the message still asks for something: a vote, or the owner's extension. */
export const stillAsks = (approval: ApprovalAnswer): boolean =>
  approval.open || approval.status === "expired";

/** Who is asked, how many, until when; names are escaped. */
export const askLine = (approval: ApprovalAnswer): string => {
  const who = cutMrkdwn(deciders(approval), LIMITS.lead - 250);
  const late = approval.level > 0 ? ` Escalated ${approval.level}×.` : "";
  return `May decide: ${who} · ${quorumWords(approval)} · until ${dateMarkup(approval.expires_at)}.${late}`;
};

/** Ids for the record: what is signed, and under which policy. */
export const idLine = (approval: ApprovalAnswer): KnownBlock =>
  context(
    [
      `approval ${approval.approval_id}`,
      `revision ${approval.revision}`,
      `risk ${approval.risk}`,
      ...(approval.manifest ? [`manifest sha256:${approval.manifest.slice(0, 12)}`] : []),
      `policy ${approval.policy_version}`,
    ].join(" · "),
  );

/** The last sentences of the top-level text: what is asked until when, or what became of it. */
export const closingText = (approval: ApprovalAnswer): string =>
  approval.open
    ? `${quorumWords(approval)} approvals. ${deciders(approval)} may decide until ${utc(approval.expires_at)}.`
    : `${outcomeWords(approval)}.`;

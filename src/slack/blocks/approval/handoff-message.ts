import { cut, cutMrkdwn } from "../../escape.ts";
import { LIMITS } from "../../limits.ts";
import {
  context,
  fields,
  header,
  lists,
  markup,
  money,
  section,
  sentences,
  table,
  tableText,
} from "../elements.ts";
import type { Rendered } from "../rendered.ts";
import type { KnownBlock } from "../slack-types.ts";
import { roleTitle } from "../state-words.ts";
import type { ApprovalAnswer, Around, HandoffAnswer } from "./approval-view.ts";
import { askLine, closingText, decide, decided, idLine, openVotes, stillAsks } from "./decision.ts";

const MAX_DECISIONS = 5;
const MAX_OTHERS = 3;

const lead = (handoff: HandoffAnswer, approval: ApprovalAnswer, around: Around): KnownBlock => {
  const by = around.startedBy === null ? "" : ` · asked by ${cutMrkdwn(around.startedBy, 80)}`;
  const text = `*${cutMrkdwn(handoff.run, 80)}*${by}\n${askLine(approval)}`;
  return { type: "section", text: markup(text) };
};

/** What an approval would start: what the next phase took in the newest run that did it, or that none did. */
const nextWords = ({ next_phase: next }: HandoffAnswer): string => {
  if (next === undefined) return "";
  const took = next.before
    ? `about ${money(next.before.cost_usd)} and ${next.before.minutes} min, as in ${next.before.run}`
    : "no estimate, no run of this pipeline has done it";
  return `; phase ${next.phase}: ${took}`;
};

type Changed = NonNullable<HandoffAnswer["changed"]>;

const MAX_CHANGED = 3;

const changedWords = ({ added, changed, removed }: Changed): string => {
  const counts = [
    ...(changed.count > 0 ? [`${changed.count} changed`] : []),
    ...(added.count > 0 ? [`${added.count} added`] : []),
    ...(removed.count > 0 ? [`${removed.count} removed`] : []),
  ];
  if (counts.length === 0) return "no file";
  const first = [...changed.first, ...added.first, ...removed.first].slice(0, MAX_CHANGED);
  return `${counts.join(", ")}: ${first.join(", ")}`;
};

const numbers = (handoff: HandoffAnswer, { budgetUsd }: Around): KnownBlock => {
  const spent =
    budgetUsd === null
      ? money(handoff.cost_usd)
      : `${money(handoff.cost_usd)} of ${money(budgetUsd)}`;
  const { changed } = handoff;
  const since = changed
    ? [{ name: `changed since revision ${changed.since_revision}`, value: changedWords(changed) }]
    : [];
  return fields([
    { name: "result", value: handoff.headline },
    ...handoff.numbers.slice(0, LIMITS.fields - 2 - since.length),
    ...since,
    { name: "cost so far", value: `${spent}${nextWords(handoff)}` },
  ]);
};

const writers: Readonly<Record<string, string>> = {
  blueprint: "From the blueprint",
  claude: "Written by Claude",
};

const writtenBy = ({ steps }: HandoffAnswer): string =>
  [...new Set(steps.map((step) => writers[step.written_by] ?? step.written_by))].join(", ");

const story = (handoff: HandoffAnswer): KnownBlock | null => {
  const { steps } = handoff;
  const decisions = steps.flatMap((step) => step.decisions);
  const questions = steps.flatMap((step) => step.open_questions);
  return lists([
    {
      title: "Decided",
      items: decisions.slice(0, MAX_DECISIONS).map((item) => `${item.decided}: ${item.why}`),
    },
    { title: "Assumed", items: handoff.assumptions.slice(0, MAX_DECISIONS) },
    {
      title: "Risks",
      items: [...handoff.warnings, ...steps.flatMap((step) => step.risks)].slice(0, MAX_OTHERS),
    },
    {
      title: "Open questions, answered by an assumption until a person says otherwise",
      items: questions
        .slice(0, MAX_OTHERS)
        .map((item) => `${item.question} Assumed: ${item.assumed}`),
    },
  ]);
};

const rows = (handoff: HandoffAnswer, { files }: Around): readonly (readonly string[])[] => [
  ["Deliverable", "Specialist", "Files", "Level"],
  ...handoff.deliverables.map(({ id, level, specialist }) => [
    id,
    roleTitle(specialist),
    String(files[id] ?? 0),
    handoff.below_level.includes(id) ? `${level} (below the policy)` : level,
  ]),
];

const evidenceLine = (handoff: HandoffAnswer): KnownBlock => {
  const done = handoff.comments.filter((comment) => comment.status === "done").length;
  const comments =
    handoff.comments.length === 0
      ? []
      : [`comments resolved ${done} of ${handoff.comments.length}`];
  const { added, files, removed } = handoff.diff;
  return context(
    [writtenBy(handoff), ...comments, `diff +${added} −${removed} in ${files} files`]
      .filter((part) => part !== "")
      .join(" · "),
  );
};

const waiver = ({ below_level }: HandoffAnswer): readonly KnownBlock[] =>
  below_level.length === 0
    ? []
    : [
        section(
          `Below the level that the policy asks for: ${below_level.join(", ")}. It can be approved after the owner's waiver, with a reason.`,
          LIMITS.lead,
        ),
      ];

/** A handoff request in the run's thread; when it is over, the buttons give way to who decided what and the log's head. Pure. */
export const renderHandoffMessage = (
  handoff: HandoffAnswer,
  approval: ApprovalAnswer,
  around: Around,
): Rendered => {
  const told = story(handoff);
  const asks = stillAsks(approval);
  const ending = approval.open
    ? [...waiver(handoff), ...openVotes(approval)]
    : decided(approval, around);
  const build = (deliverables: KnownBlock): KnownBlock[] => [
    header(handoff.title),
    lead(handoff, approval, around),
    numbers(handoff, around),
    ...(told === null ? [] : [told]),
    deliverables,
    ...ending,
    evidenceLine(handoff),
    ...(asks ? [decide(approval, `handoff ${handoff.phase} of ${handoff.run}`)] : []),
    idLine(approval),
  ];
  const text = sentences(
    `${cut(handoff.title, 100)} of ${cut(handoff.run, 60)}:`,
    `${cut(handoff.headline, 220)}.`,
    closingText(approval),
    `Cost so far ${money(handoff.cost_usd)}.`,
  );
  return {
    text,
    blocks: build(table(rows(handoff, around))),
    fallback: { text, blocks: build(tableText(rows(handoff, around))) },
  };
};

import type { z } from "zod";
import type { handoffGet } from "./handoff-get.ts";

type HandoffAnswer = z.output<typeof handoffGet.output>;

// Text from data and people stands in table cells and list items: line breaks and bars would end them.
const cell = (text: string): string =>
  text.replace(/\s+/g, " ").replaceAll("|", "\\|").replaceAll("<", "&lt;");

const rows = (header: readonly string[], body: readonly (readonly string[])[]): string =>
  [header, header.map(() => "---"), ...body]
    .map((row) => `| ${row.map(cell).join(" | ")} |`)
    .join("\n");

const list = (items: readonly string[]): string =>
  items.map((item) => `- ${cell(item)}`).join("\n");

const section = (title: string, body: string): readonly string[] =>
  body === "" ? [] : [`## ${title}`, body];

/** What a person should know of who wrote a step's files. */
const authorship = (step: HandoffAnswer["steps"][number]): readonly string[] => [
  ...(step.claude
    ? [
        `Written by Claude (${step.claude.model}) in ${step.claude.turns} turns; ${step.claude.cells_sent} cells of data left the house. Changed against the draft: ${step.claude.changed.count} files.`,
        list(step.claude.changed.first),
      ]
    : []),
  ...(step.took_draft ? ["A person took the checked draft in place of Claude's work."] : []),
];

const stepSections = ({ steps }: HandoffAnswer): readonly string[] =>
  steps.flatMap((step) => [
    `## ${step.specialist}`,
    `${step.files} files, written ${step.written_by === "blueprint" ? "from the blueprint" : `by ${step.written_by}`}; checks: ${step.checks.passed} passed, ${step.checks.failed} failed, ${step.checks.skipped} skipped, ${step.checks.later} later.`,
    list(step.decisions.map((item) => `${item.decided}: ${item.why}`)),
    ...(step.risks.length > 0 ? ["Risks:", list(step.risks)] : []),
    ...(step.open_questions.length > 0
      ? [
          "Open questions:",
          list(step.open_questions.map((item) => `${item.question} Assumed: ${item.assumed}`)),
        ]
      : []),
    ...authorship(step),
    ...(step.left_out.length > 0
      ? [
          "Left out:",
          list(
            step.left_out.map(
              (item) => `${item.part}: ${item.why}; to turn on: ${item.to_turn_on}`,
            ),
          ),
        ]
      : []),
    ...(step.findings.length > 0 ? ["Findings:", list(step.findings)] : []),
    ...(step.skipped.length > 0
      ? ["Checks skipped:", list(step.skipped.map((item) => `${item.check}: ${item.reason}`))]
      : []),
  ]);

/** The whole evidence of a handoff as Markdown, for a file beside its message. Pure. */
export const renderHandoffReport = (handoff: HandoffAnswer): string =>
  `${[
    `# ${cell(handoff.title)}: ${cell(handoff.run)}`,
    cell(handoff.headline),
    rows(
      ["figure", "value"],
      handoff.numbers.map(({ name, value }) => [name, value]),
    ),
    ...section("Assumptions taken", list(handoff.assumptions)),
    ...section("Warnings", list(handoff.warnings)),
    ...stepSections(handoff),
    "## Deliverables",
    rows(
      ["deliverable", "specialist", "level"],
      handoff.deliverables.map(({ id, level, specialist }) => [id, specialist, level]),
    ),
    ...section(
      "Comments and their resolutions",
      list(handoff.comments.map(({ how, status, text }) => `${text} → ${status}: ${how}`)),
    ),
    `Change: ${handoff.diff.files} files, +${handoff.diff.added} −${handoff.diff.removed}. Cost so far $${handoff.cost_usd.toFixed(2)}.`,
    `Revision ${handoff.revision}, risk ${handoff.risk}, manifest \`${handoff.manifest}\`, policy \`${handoff.policy_version}\`, log head \`${handoff.log_head}\`.`,
  ].join("\n\n")}\n`;

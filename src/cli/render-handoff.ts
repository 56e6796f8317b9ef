import type { z } from "zod";
import type { handoffGet } from "../operations/handoff-get.ts";
import { bullets, table } from "./table.ts";

type HandoffAnswer = z.output<typeof handoffGet.output>;

const block = (title: string, body: string): readonly string[] =>
  body === "" ? [] : [`${title}\n${body}`];

const decisions = (handoff: HandoffAnswer): string =>
  bullets(
    handoff.steps.flatMap((step) =>
      step.decisions.map((item) => `${item.decided} — ${item.why} (${step.specialist})`),
    ),
  );

const checks = (handoff: HandoffAnswer): string =>
  table([
    ["specialist", "files", "passed", "failed", "skipped", "later"],
    ...handoff.steps.map(({ checks: counts, files, specialist }) => [
      specialist,
      String(files),
      String(counts.passed),
      String(counts.failed),
      String(counts.skipped),
      String(counts.later),
    ]),
  ]);

const comments = (handoff: HandoffAnswer): string =>
  bullets(
    handoff.comments.map(
      (comment) =>
        `[${comment.status === "done" ? "done" : "STILL OPEN"}] ${comment.text} → ${comment.how}`,
    ),
  );

/** A handoff for a terminal: headline first, then what a person needs to decide, then what to type. */
export const renderHandoff = (handoff: HandoffAnswer): string =>
  [
    `${handoff.title} · ${handoff.run} · revision ${handoff.revision} · risk ${handoff.risk} · ${handoff.status}`,
    handoff.headline,
    table(handoff.numbers.map(({ name, value }) => [`  ${name}`, value])),
    ...block("Assumptions taken", bullets(handoff.assumptions)),
    ...block("Warnings", bullets(handoff.warnings)),
    ...block("Decided, and why", decisions(handoff)),
    ...block("Risks", bullets(handoff.steps.flatMap((step) => step.risks))),
    ...block(
      "Open questions",
      bullets(
        handoff.steps.flatMap((step) =>
          step.open_questions.map((item) => `${item.question} Assumed: ${item.assumed}`),
        ),
      ),
    ),
    ...block("Comments", comments(handoff)),
    table([
      ["deliverable", "specialist", "level"],
      ...handoff.deliverables.map(({ id, level, specialist }) => [id, specialist, level]),
    ]),
    checks(handoff),
    ...block("Findings", bullets(handoff.steps.flatMap((step) => step.findings).slice(0, 10))),
    ...block(
      "Left out",
      bullets(
        handoff.steps.flatMap((step) => step.left_out.map((item) => `${item.part}: ${item.why}`)),
      ),
    ),
    `diff: ${handoff.diff.files} files, +${handoff.diff.added} −${handoff.diff.removed} · cost: $${handoff.cost_usd.toFixed(2)}`,
    `manifest sha256:${handoff.manifest} · policy ${handoff.policy_version} · decided by ${handoff.may_decide.join(", ")} until ${handoff.expires_at}`,
    ...(handoff.below_level.length > 0
      ? [
          `below the policy's level: ${handoff.below_level.join(", ")}. The owner may waive it: mlpipeline approve ${handoff.run} --waive "<reason>"`,
        ]
      : []),
    ...(handoff.status === "open" || handoff.status === "escalated"
      ? [
          `next: mlpipeline approve ${handoff.run} | mlpipeline changes ${handoff.run} "<comment>" | mlpipeline reject ${handoff.run} "<reason>"`,
        ]
      : []),
  ].join("\n\n");

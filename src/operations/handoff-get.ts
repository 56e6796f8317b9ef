import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { MICRO_PER_USD } from "../lib/money.ts";
import type { Handoff, HandoffStep } from "../runtime/handoff.ts";
import { trainingHeadline } from "../runtime/training.ts";
import { mayDecide } from "./approvals-list.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import { findApproval, findRun } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

const Decided = z.strictObject({ decided: z.string(), why: z.string() });
const Question = z.strictObject({ question: z.string(), assumed: z.string() });

const MAX_PATHS = 20;
const Paths = z.strictObject({ count: z.int(), first: z.array(z.string()) });
const paths = (all: readonly string[]) => ({ count: all.length, first: all.slice(0, MAX_PATHS) });

const StepShape = z.strictObject({
  specialist: z.string(),
  written_by: z.string(),
  files: z.int(),
  decisions: z.array(Decided),
  risks: z.array(z.string()),
  open_questions: z.array(Question),
  left_out: z.array(z.strictObject({ part: z.string(), why: z.string(), to_turn_on: z.string() })),
  checks: z.strictObject({ passed: z.int(), failed: z.int(), skipped: z.int(), later: z.int() }),
  skipped: z.array(z.strictObject({ check: z.string(), reason: z.string() })),
  findings: z.array(z.string()),
  /** Where Claude wrote it: what it saw and which files of the checked draft it changed. */
  claude: z
    .strictObject({ model: z.string(), turns: z.int(), cells_sent: z.int(), changed: Paths })
    .optional(),
  /** A person took the draft in place of Claude's work. */
  took_draft: z.boolean().optional(),
});

/** Everything a person reads before deciding a handoff. Throws APPROVAL_NOT_FOUND, NOT_A_HANDOFF. */
export const handoffGet = defineOperation({
  name: "handoff_get",
  title: "Read a handoff",
  description:
    "The evidence of a handoff: headline, key numbers, decisions with reasons, levels, open questions, diff, cost.",
  scope: "pipeline:read",
  toolset: "core",
  annotations: READ,
  input: z.strictObject({ approval: z.string() }),
  output: z.strictObject({
    approval_id: z.string(),
    run: z.string(),
    run_id: z.string(),
    phase: z.int(),
    revision: z.int(),
    title: z.string(),
    headline: z.string(),
    status: z.string(),
    risk: z.string(),
    manifest: z.string(),
    policy_version: z.string(),
    log_head: z.string(),
    numbers: z.array(z.strictObject({ name: z.string(), value: z.string() })),
    assumptions: z.array(z.string()),
    warnings: z.array(z.string()),
    steps: z.array(StepShape),
    deliverables: z.array(
      z.strictObject({ id: z.string(), specialist: z.string(), level: z.string() }),
    ),
    below_level: z.array(z.string()),
    comments: z.array(
      z.strictObject({
        text: z.string(),
        file: z.string().optional(),
        status: z.string(),
        how: z.string(),
      }),
    ),
    /** Comments that bind nobody before a person's request for changes takes them up (approval_vote, adopt). */
    open_comments: z.array(
      z.strictObject({
        id: z.string(),
        text: z.string(),
        file: z.string().optional(),
        from: z.string(),
      }),
    ),
    /** Files that differ from the request before this one. */
    changed: z
      .strictObject({ since_revision: z.int(), added: Paths, changed: Paths, removed: Paths })
      .optional(),
    /** What an approval would start, and what it took in the newest run that did it. */
    next_phase: z
      .strictObject({
        phase: z.int(),
        before: z
          .strictObject({ run: z.string(), cost_usd: z.number(), minutes: z.number() })
          .optional(),
      })
      .optional(),
    diff: z.strictObject({ files: z.int(), added: z.int(), removed: z.int() }),
    cost_usd: z.number(),
    may_decide: z.array(z.string()),
    votes: z.array(z.strictObject({ person: z.string(), decision: z.string() })),
    expires_at: z.string(),
  }),
  untrusted: ["headline", "numbers", "assumptions", "warnings", "steps", "comments"],
});

const MAX_FINDINGS = 20;

const stepShape = (step: HandoffStep): z.infer<typeof StepShape> => ({
  specialist: step.role,
  written_by: step.writtenBy,
  files: step.files,
  decisions: [...step.decisions],
  risks: [...step.risks],
  open_questions: [...step.openQuestions],
  left_out: step.leftOut.map((item) => ({
    part: item.part,
    why: item.why,
    to_turn_on: item.toTurnOn,
  })),
  checks: step.checks,
  ...(step.claude === undefined
    ? {}
    : {
        claude: {
          model: step.claude.model,
          turns: step.claude.turns,
          cells_sent: step.claude.cells,
          changed: paths(step.claude.changed),
        },
      }),
  ...(step.tookDraft === true ? { took_draft: true } : {}),
  skipped: [...step.skipped],
  findings: step.findings
    .slice(0, MAX_FINDINGS)
    .map(
      (finding) =>
        `${finding.severity} ${finding.rule}${finding.file ? ` ${finding.file}` : ""}: ${finding.message}`,
    ),
});

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** The few figures that a person wants first. */
const numbersOf = ({ facts, phase, steps, training }: Handoff) => {
  const passed = steps.reduce((sum, step) => sum + step.checks.passed, 0);
  const skipped = steps.reduce((sum, step) => sum + step.checks.skipped, 0);
  const metrics = training?.trained ? training.metrics : null;
  return [
    { name: "rows × columns", value: `${facts.profile.rows} × ${facts.profile.columns.length}` },
    {
      name: "target",
      value: `${facts.target.column} (${facts.target.kind}${facts.target.baseRate === null ? "" : `, ${percent(facts.target.baseRate)}`})`,
    },
    ...(phase === 1
      ? [
          {
            name: `best baseline ${facts.baseline.metric}`,
            value: (facts.baseline.bestColumn ?? facts.baseline.trivial).value.toFixed(3),
          },
        ]
      : []),
    ...(metrics
      ? [
          {
            name: metrics.metric,
            value: `${metrics.value.toFixed(3)} (${metrics.low.toFixed(3)} to ${metrics.high.toFixed(3)})`,
          },
          {
            name: "baseline",
            value: `${metrics.baseline.value.toFixed(3)} (${metrics.baseline.rule})`,
          },
        ]
      : []),
    { name: "checks", value: `${passed} passed, ${skipped} skipped` },
  ];
};

const headlineOf = (handoff: Handoff): string => {
  if (handoff.training) return trainingHeadline(handoff.training);
  const files = handoff.steps.reduce((sum, step) => sum + step.files, 0);
  const roles = handoff.steps.map((step) => step.role).join(" and ");
  return `${roles} delivered ${files} files from ${handoff.facts.profile.rows} rows`;
};

const assumptionsOf = ({ facts, phase }: Handoff): string[] =>
  phase === 1
    ? facts.assumptions.map(
        (item) => `${item.subject}: ${item.assumed}, because ${item.why}. Change: ${item.change}`,
      )
    : [];

const MS_PER_MINUTE = 60_000;

/** How the request stands to the one before it, and to the phase that would follow. */
const aroundOf = ({ changed, next }: Handoff) => ({
  ...(changed === null
    ? {}
    : {
        changed: {
          since_revision: changed.revision,
          added: paths(changed.added),
          changed: paths(changed.changed),
          removed: paths(changed.removed),
        },
      }),
  ...(next === null
    ? {}
    : {
        next_phase: {
          phase: next.phase,
          ...(next.before === null
            ? {}
            : {
                before: {
                  run: next.before.run,
                  cost_usd: next.before.microUsd / MICRO_PER_USD,
                  minutes: Math.round((next.before.ms / MS_PER_MINUTE) * 10) / 10,
                },
              }),
        },
      }),
});

export const createHandoffGet =
  ({
    approvals,
    handoffs,
    people,
    runs,
  }: Pick<CatalogDeps, "runs" | "approvals" | "handoffs" | "people">): Handler<typeof handoffGet> =>
  async ({ approval: ref }) => {
    const found = await findApproval(approvals, runs, ref);
    const handoff = await handoffs.read(found.runId, found.approvalId);
    if (handoff === null) {
      throw new UserInputError(
        "NOT_A_HANDOFF",
        `${ref} is a ${found.kind} approval, not a handoff`,
        {
          next: "approvals_list",
        },
      );
    }
    const { approval } = handoff;
    return {
      approval_id: approval.approvalId,
      run: found.runName,
      run_id: found.runId,
      phase: handoff.phase,
      revision: approval.revision,
      title: handoff.title,
      headline: headlineOf(handoff),
      status: approval.status,
      risk: approval.risk,
      manifest: approval.manifestHash ?? "",
      policy_version: approval.policy.version,
      log_head: (await findRun(runs, found.runId)).headHash,
      numbers: numbersOf(handoff),
      assumptions: assumptionsOf(handoff),
      warnings: [...handoff.warnings],
      steps: handoff.steps.map(stepShape),
      deliverables: handoff.deliverables.map(({ id, level, role }) => ({
        id,
        specialist: role,
        level,
      })),
      below_level: approval.waived ? [] : [...approval.belowLevel],
      comments: handoff.comments.map(({ file, how, status, text }) => ({
        text,
        ...(file === null ? {} : { file }),
        status,
        how,
      })),
      open_comments: handoff.openComments.map(({ file, from, id, text }) => ({
        id,
        text,
        from,
        ...(file === null ? {} : { file }),
      })),
      ...aroundOf(handoff),
      diff: handoff.diff,
      cost_usd: handoff.microUsd / MICRO_PER_USD,
      may_decide: [...mayDecide(approval, await people.list())],
      votes: approval.votes.map(({ decision, person }) => ({ person, decision })),
      expires_at: new Date(approval.deadlineMs).toISOString(),
    };
  };

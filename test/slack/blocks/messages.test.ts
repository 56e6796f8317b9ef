import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
  ApprovalAnswer,
  Around,
  HandoffAnswer,
} from "../../../src/slack/blocks/approval/approval-view.ts";
import { renderBudgetMessage } from "../../../src/slack/blocks/approval/budget-message.ts";
import { renderHandoffMessage } from "../../../src/slack/blocks/approval/handoff-message.ts";
import { renderReleaseMessage } from "../../../src/slack/blocks/approval/release-message.ts";
import { renderReminder, renderRequest } from "../../../src/slack/blocks/approval/reminder.ts";
import { renderBlockedMessage } from "../../../src/slack/blocks/blocked-message.ts";
import { renderHome } from "../../../src/slack/blocks/home-view.ts";
import { renderLine } from "../../../src/slack/blocks/line-message.ts";
import { preformatted } from "../../../src/slack/blocks/preformatted.ts";
import type { Rendered } from "../../../src/slack/blocks/rendered.ts";
import { type RunCard, renderRunMessage } from "../../../src/slack/blocks/run-message.ts";
import { LIMITS } from "../../../src/slack/limits.ts";
import { ROLES } from "../../../src/spec/roles.ts";
import { checkBlocks, countCharacters } from "../../support/fake-slack/blocks/check-blocks.ts";
import { checkView } from "../../support/fake-slack/blocks/check-view.ts";
import { hostileList, hostileText, liveIn, textsIn } from "../hostile.ts";

const ISO = "2026-11-25T10:00:00.000Z";
const HASH = "a".repeat(64);
const RUNS = { numRuns: 60 };

const card = fc.record({
  run_id: fc.constant("01M894KEWJPPB8RMKTWJKFK777"),
  run: hostileText,
  pipeline: hostileText,
  goal: hostileText,
  started_by: hostileText,
  started_via: fc.constant("slack"),
  status: fc.constantFrom("running", "paused", "completed", "failed", "cancelled"),
  pauses: fc.subarray(["manual", "budget", "blocked"]),
  phase: fc.constantFrom(1, 2, 3, 4, null),
  waits_for: hostileText,
  failure: hostileText,
  steps: fc.constant(null).chain(() =>
    fc.tuple(
      ...ROLES.map((specialist) =>
        fc.record({
          specialist: fc.constant(specialist as string),
          phase: fc.constant(1),
          status: fc.constantFrom(
            "blocked",
            "ready",
            "working",
            "checking",
            "submitted",
            "accepted",
            "stale",
          ),
          kind: fc.constantFrom("fresh", "revise"),
          repair_round: fc.nat(2),
          attempts: fc.nat(5),
          blocked: fc.record({ on: fc.constantFrom("person", "upstream"), code: hostileText }),
        }),
      ),
    ),
  ),
  approvals: fc.constant([]),
  next_handoff: fc.constantFrom(1, 4, null),
  cost_usd: fc.double({ min: 0, max: 1e6, noNaN: true }),
  budget_usd: fc.constantFrom(null, 10),
  started_at: fc.constant(ISO),
  updated_at: fc.constant(ISO),
  log_head: fc.constant(HASH),
}) as unknown as fc.Arbitrary<RunCard>;

const person = fc.record({ id: fc.constant("tess"), name: hostileText });

const approval = (kind: ApprovalAnswer["kind"]) =>
  fc.record({
    approval_id: fc.constant("01M894KEWJPPB8RMKTWJKFK777"),
    kind: fc.constant(kind),
    run: hostileText,
    run_id: fc.constant("01M894KEWJPPB8RMKTWJKFK778"),
    phase: fc.constant(2),
    status: fc.constantFrom(
      "open",
      "escalated",
      "approved",
      "changes_requested",
      "rejected",
      "expired",
      "voided",
    ),
    open: fc.boolean(),
    risk: fc.constantFrom("low", "medium", "high"),
    revision: fc.nat(9),
    manifest: fc.constant(HASH),
    policy_version: fc.constant("a511ad90ca47"),
    owner: fc.constant("tess"),
    quorum: fc.nat(10),
    may_decide: fc.array(person, { maxLength: 60 }),
    still_to_vote: fc.array(person, { maxLength: 5 }),
    votes: fc.array(
      fc.record({
        person: hostileText,
        decision: fc.constantFrom("approve", "request_changes", "reject"),
        note: hostileText,
        attested: fc.constantFrom("slack", "code", "client", "none"),
        at: fc.constant(ISO),
        raise_to: fc.constant(25),
      }),
      { maxLength: 12 },
    ),
    below_level: hostileList(20),
    waived: fc.boolean(),
    level: fc.nat(3),
    opened_at: fc.constant(ISO),
    expires_at: fc.constant(ISO),
    voided_because: hostileText,
    ask:
      kind === "budget"
        ? fc.record({
            kind: fc.constant("budget" as const),
            scope: fc.constantFrom("run.usd", "phase.tokens", "run.ms"),
            need: fc.constant(3),
            have: fc.constant(0),
          })
        : fc.record({
            kind: fc.constant("release" as const),
            action: fc.constantFrom("promote", "rollback", "retrain"),
            ref: hostileText,
          }),
    spent_usd: fc.constant(1.5),
    log_head: fc.constant(HASH),
  }) as unknown as fc.Arbitrary<ApprovalAnswer>;

const handoff = fc.record({
  approval_id: fc.constant("01M894KEWJPPB8RMKTWJKFK777"),
  run: hostileText,
  run_id: fc.constant("01M894KEWJPPB8RMKTWJKFK778"),
  phase: fc.constant(2),
  title: hostileText,
  headline: hostileText,
  numbers: fc.array(fc.record({ name: hostileText, value: hostileText }), { maxLength: 15 }),
  assumptions: hostileList(12),
  warnings: hostileList(8),
  steps: fc.array(
    fc.record({
      specialist: fc.constantFrom(...ROLES),
      written_by: fc.constantFrom("blueprint", "claude"),
      files: fc.nat(50),
      decisions: fc.array(fc.record({ decided: hostileText, why: hostileText }), { maxLength: 8 }),
      risks: hostileList(6),
      open_questions: fc.array(fc.record({ question: hostileText, assumed: hostileText }), {
        maxLength: 6,
      }),
      left_out: fc.constant([]),
      checks: fc.constant({ passed: 3, failed: 0, skipped: 1, later: 0 }),
      skipped: fc.constant([]),
      findings: fc.constant([]),
    }),
    { maxLength: 3 },
  ),
  deliverables: fc.array(
    fc.record({ id: hostileText, specialist: fc.constantFrom(...ROLES), level: hostileText }),
    { maxLength: 20 },
  ),
  below_level: hostileList(20),
  comments: fc.array(
    fc.record({ text: hostileText, status: fc.constantFrom("done", "declined"), how: hostileText }),
    { maxLength: 12 },
  ),
  diff: fc.constant({ files: 9, added: 410, removed: 22 }),
  cost_usd: fc.constant(0.5),
}) as unknown as fc.Arbitrary<HandoffAnswer>;

const around = fc.record({
  startedBy: fc.option(hostileText),
  budgetUsd: fc.constantFrom(null, 10),
  files: fc.constant({}),
  link: fc.constantFrom(null, "https://fake.slack.com/archives/C1/p1"),
}) as fc.Arbitrary<Around>;

const sound = (rendered: Rendered, most: number = LIMITS.blocks): void => {
  expect(rendered.text.trim()).not.toBe("");
  expect(rendered.text.length).toBeLessThanOrEqual(LIMITS.text);
  expect(liveIn(rendered.text)).toEqual([]);
  expect(rendered.blocks.length).toBeLessThanOrEqual(most);
  expect(checkBlocks("message", rendered.blocks)).toEqual([]);
  expect(countCharacters(rendered.blocks)).toBeLessThanOrEqual(LIMITS.total);
  for (const { kind, text } of textsIn(rendered.blocks)) {
    if (kind === "mrkdwn") expect(liveIn(text)).toEqual([]);
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]|\p{Cs}/u);
  }
  if (rendered.fallback) sound(rendered.fallback, most);
};

describe("whatever stands in it, no limit of Slack is broken and nothing becomes a mention", () => {
  test("in a run's message", () => {
    fc.assert(
      fc.property(card, (one) => sound(renderRunMessage(one))),
      RUNS,
    );
  }, 60_000);

  test("in a handoff request, open and decided", () => {
    fc.assert(
      fc.property(handoff, approval("handoff"), around, (one, ask, beside) =>
        sound(renderHandoffMessage(one, ask, beside), LIMITS.handoffBlocks),
      ),
      RUNS,
    );
  }, 60_000);

  test("in budget and release requests, reminders and assistants' requests", () => {
    fc.assert(
      fc.property(
        approval("budget"),
        approval("release"),
        around,
        hostileText,
        (a, b, beside, note) => {
          sound(renderBudgetMessage(a, beside));
          sound(renderReleaseMessage(b, beside));
          sound(renderReminder(a, beside.link, "reminder"));
          sound(renderReminder(a, beside.link, "held"));
          sound(renderRequest(b, note, note));
        },
      ),
      RUNS,
    );
  }, 60_000);

  test("in a blocked step, a line and a file", () => {
    fc.assert(
      fc.property(hostileText, hostileList(8), (text, comments) => {
        sound(
          renderBlockedMessage(
            { id: "01M894KEWJPPB8RMKTWJKFK777", name: text },
            {
              step_id: "ml-engineer",
              phase: 2,
              status: "blocked",
              blocked: `person: ${text}`,
              attempts: [{ attempt_id: "a", no: 1, kind: "fresh", status: "failed" }],
              levels: {},
              block_findings: 2,
              warnings: 0,
              open_comments: comments,
            },
          ),
        );
        sound(renderLine(text));
        sound({ text: "file", blocks: [preformatted(text)] });
      }),
      RUNS,
    );
  }, 60_000);

  test("on Home, with more waiting than it shows", () => {
    fc.assert(
      fc.property(hostileText, fc.nat(50), (text, count) => {
        const view = renderHome({
          approvals: Array.from({ length: count }, (_, at) => ({
            approval_id: `01M894KEWJPPB8RMKTWJKFK${String(at).padStart(3, "0")}`,
            kind: "handoff",
            run: text,
            run_id: "r",
            phase: 1,
            risk: "low",
            revision: 1,
            may_decide: [],
            quorum: 2,
            votes: [],
            below_level: [],
            expires_at: ISO,
          })),
          followed: Array.from({ length: count }, () => ({ run_id: "r", run: text })),
          runs: Array.from({ length: count }, (_, at) => ({
            run_id: `r${at}`,
            run: text,
            status: "running",
            phase: 1,
            waits_for: text,
            cost_usd: 1,
            updated_at: ISO,
          })),
          spendUsd: 1,
          claim: text,
          admin: true,
        });
        expect(checkView(view)).toEqual([]);
        expect(view.blocks.length).toBeLessThanOrEqual(LIMITS.viewBlocks);
      }),
      RUNS,
    );
  }, 60_000);
});

const oneCard: RunCard = {
  run_id: "r",
  run: "birdstrikes-12",
  pipeline: "birdstrikes",
  goal: "Predict which strikes damage the aircraft",
  started_by: "Tess",
  started_via: "slack",
  status: "running",
  pauses: [],
  phase: 1,
  steps: [
    {
      specialist: "data-engineer",
      phase: 1,
      status: "accepted",
      kind: "fresh",
      repair_round: 0,
      attempts: 1,
    },
    {
      specialist: "data-scientist",
      phase: 1,
      status: "checking",
      kind: "fresh",
      repair_round: 1,
      attempts: 2,
    },
    {
      specialist: "ml-engineer",
      phase: 2,
      status: "blocked",
      kind: "fresh",
      repair_round: 0,
      attempts: 0,
      blocked: { on: "person", code: "REPAIR_EXHAUSTED" },
    },
  ],
  approvals: [],
  next_handoff: 1,
  cost_usd: 0.42,
  budget_usd: 10,
  started_at: ISO,
  updated_at: "2026-11-25T12:05:00.000Z",
  log_head: HASH,
};

test("a run's message says in words where each specialist is, and shows the same to screen readers", () => {
  const rendered = renderRunMessage(oneCard);
  const [, plan] = rendered.blocks;
  expect(plan).toMatchObject({
    type: "plan",
    title: "Phase 1 of 4: data & requirements",
    tasks: [
      { title: "Data engineer: done", status: "complete" },
      { title: "Data scientist: checking, repair 1 of 2", status: "in_progress" },
      { title: "ML engineer: blocked, needs a person (REPAIR_EXHAUSTED)", status: "error" },
    ],
  });
  expect(rendered.text).toContain("Run birdstrikes-12 is running.");
  expect(rendered.text).toContain("Data scientist: checking, repair 1 of 2");
  expect(JSON.stringify(rendered.blocks)).toContain("Cost $0.42 of $10.00 · 2 h 5 min");
});

test("a run that is over cannot be paused or cancelled any more", () => {
  const over = JSON.stringify(renderRunMessage({ ...oneCard, status: "completed", phase: null }));
  expect(over).not.toContain("Pause…");
  expect(over).not.toContain("Cancel…");
  expect(over).toContain("Run again from a phase…");
});

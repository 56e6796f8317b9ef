import { expect, test } from "vitest";
import type { RunEvent } from "../../src/engine/event.ts";
import { noticesOf } from "../../src/runtime/notices.ts";
import { awaiting, HOUR, person, policies } from "../support/engine-builders.ts";

const bodies = (rows: ReturnType<typeof noticesOf>) =>
  rows.map(({ body, kind, lane }) => ({ kind, lane, body }));

test("a reminder goes to those who can still vote, each in a row of his own", () => {
  const run = awaiting(1, { policies: policies({ quorum: 2 }) });
  const [approval] = Object.values(run.state().approvals);
  const approvalId = approval?.approvalId ?? "";
  const reminded: RunEvent = { type: "ApprovalReminded", approvalId, n: 1 };
  const before = noticesOf(run.state(), "R", [reminded], run.context());
  expect(bodies(before)).toEqual(
    ["ann", "bob"].map((who) => ({
      kind: "reminder",
      lane: `dm/${who}`,
      body: { run_id: "R", ref: approvalId, person: who, n: 1 },
    })),
  );
  run.send(
    {
      type: "CastVote",
      approvalId,
      manifestHash: approval?.manifestHash ?? "",
      decision: "approve",
      comments: [],
      attested: "slack",
    },
    person("ann"),
  );
  const after = noticesOf(run.state(), "R", [reminded], run.context());
  expect(after.map((row) => row.lane)).toEqual(["dm/bob"]);
});

test("an escalation reaches the people of the next level, and a hold the owner", () => {
  const run = awaiting(1, { policies: policies({ escalateTo: [["owner"]] }) });
  const [approval] = Object.values(run.state().approvals);
  const approvalId = approval?.approvalId ?? "";
  const expired: RunEvent = { type: "ApprovalExpired", approvalId };
  const escalated: RunEvent = {
    type: "ApprovalEscalated",
    approvalId,
    level: 1,
    people: ["owner"],
    deadlineMs: run.now() + HOUR,
  };
  const first = noticesOf(run.state(), "R", [expired, escalated], run.context());
  expect(first.map((row) => [row.kind, row.lane])).toEqual([
    ["escalation", "dm/ann"],
    ["escalation", "dm/bob"],
    ["escalation", "dm/owner"],
  ]);
  const held = noticesOf(run.state(), "R", [expired], run.context());
  expect(bodies(held)).toEqual([
    {
      kind: "escalation",
      lane: "dm/owner",
      body: { run_id: "R", ref: approvalId, person: "owner", level: 0, holds: true },
    },
  ]);
});

import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/hash.ts";
import {
  awaiting,
  completedRun,
  HOUR,
  id,
  manifestOf,
  person,
  policies,
  startedRun,
  types,
  WORKER,
} from "../support/engine-builders.ts";

const tick = (approvalId: string, what: "remind" | "expire", level = 0) => ({
  type: "TickApproval" as const,
  approvalId,
  level,
  what,
});

describe("time", () => {
  test("reminds once per reminder, and after a long stop once for all", () => {
    const run = awaiting(1, { policies: policies({ reminders: [HOUR, 2 * HOUR, 3 * HOUR] }) });
    expect(run.code(tick(run.approval(1), "remind"))).toBe("NOT_READY");
    run.sleep(2 * HOUR);
    expect(run.ok(tick(run.approval(1), "remind"))).toMatchObject([{ n: 2 }]);
    expect(run.code(tick(run.approval(1), "remind"))).toBe("NOT_READY");
  });

  test("never approves: the last level holds and the run waits for the owner", () => {
    const run = awaiting(1);
    run.sleep(24 * HOUR);
    expect(types(run.send(tick(run.approval(1), "expire")))).toEqual([
      "ApprovalExpired",
      "RunPaused",
    ]);
    expect(run.vote(1)).toMatchObject({ code: "CLOSED" });
    expect(run.code({ type: "ResumeRun" }, person("ann"))).toBe("STILL_BLOCKED");
    const extend = {
      type: "ExtendApproval" as const,
      approvalId: run.approval(1),
      deadlineMs: run.now() + HOUR,
    };
    expect(run.code(extend, person("ann"))).toBe("OWNER_ONLY");
    expect(run.code({ ...extend, deadlineMs: run.now() }, person("owner"))).toBe("NOT_READY");
    expect(types(run.send(extend, person("owner")))).toEqual(["ApprovalExtended", "RunResumed"]);
    expect(run.state().approvals[run.approval(1)]).toMatchObject({ status: "escalated", level: 0 });
    expect(types(run.vote(1))).toContain("ApprovalApproved");
    expect(run.code({ ...extend, deadlineMs: run.now() + HOUR }, person("owner"))).toBe("CLOSED");
    expect(run.code({ ...extend, approvalId: id(404) }, person("owner"))).toBe("UNKNOWN");
  });

  test("an extended approval expires again, as work with another key", () => {
    const run = awaiting(1);
    run.sleep(24 * HOUR);
    const [first] = run.due().filter((work) => work.type === "tick");
    run.ok(tick(run.approval(1), "expire"));
    run.ok(
      { type: "ExtendApproval", approvalId: run.approval(1), deadlineMs: run.now() + HOUR },
      person("owner"),
    );
    expect(run.due().filter((work) => work.type === "tick")).toEqual([]);
    run.sleep(HOUR);
    const [second] = run.due().filter((work) => work.type === "tick");
    expect(second).toMatchObject({ what: "expire" });
    expect(second?.key).not.toBe(first?.key);
  });

  test("escalates to the next people, who then may vote besides the first ones", () => {
    const run = awaiting(1, { policies: policies({ escalateTo: [["owner"]] }) });
    expect(run.vote(1, {}, person("owner"))).toMatchObject({ code: "NOT_AN_APPROVER" });
    run.sleep(24 * HOUR);
    expect(run.code(tick(run.approval(1), "expire", 1))).toBe("CLOSED");
    expect(types(run.send(tick(run.approval(1), "expire")))).toEqual([
      "ApprovalExpired",
      "ApprovalEscalated",
    ]);
    expect(run.state().status).toBe("running");
    expect(run.due().filter((work) => work.type === "tick")).toEqual([]);
    expect(types(run.vote(1, {}, person("owner")))).toContain("ApprovalApproved");
  });

  test("a deadline that has not passed expires nothing", () => {
    const run = awaiting(1);
    expect(run.code(tick(run.approval(1), "expire"))).toBe("NOT_READY");
    expect(run.code(tick(id(404), "expire"))).toBe("UNKNOWN");
  });

  test("an expired budget approval holds the run until it is extended", () => {
    const run = startedRun();
    const attemptId = run.claim("data-engineer");
    run.ok({
      type: "ExhaustBudget",
      attemptId,
      fence: 1,
      approvalId: id(600),
      scope: "run.usd",
      need: 1,
      have: 0,
    });
    run.sleep(24 * HOUR);
    run.ok(tick(id(600), "expire"));
    expect(run.state().pauses).toEqual(["budget", "blocked"]);
    run.ok(
      { type: "ExtendApproval", approvalId: id(600), deadlineMs: run.now() + HOUR },
      person("owner"),
    );
    expect(run.state().pauses).toEqual(["budget"]);
  });
});

describe("bytes that change", () => {
  const observe = (manifestHash: string) => ({
    type: "ObserveManifest" as const,
    phase: 1 as const,
    manifestHash,
  });

  test("void the approval, with its votes, and are asked about as the next revision", () => {
    const run = awaiting(1, { policies: policies({ quorum: 2 }) });
    run.vote(1);
    const old = run.approval(1);
    expect(types(run.send(observe(manifestOf("x", 9))))).toEqual([
      "ApprovalVoided",
      "ApprovalOpened",
    ]);
    expect(run.state().approvals[old]?.status).toBe("voided");
    expect(run.state().approvals[run.approval(1)]).toMatchObject({
      revision: 2,
      votes: [],
      manifestHash: manifestOf("x", 9),
    });
    expect(run.vote(1, { approvalId: old })).toMatchObject({ code: "CLOSED" });
  });

  test("are looked for only while a handoff waits", () => {
    const run = awaiting(1);
    const same = run.state().phases[1].manifestHash ?? "";
    expect(run.code(observe(same))).toBe("NOT_READY");
    run.vote(1);
    expect(run.code(observe(manifestOf("x", 9)))).toBe("NOT_READY");
  });
});

describe("releases", () => {
  const release = {
    type: "RequestRelease" as const,
    action: "promote" as const,
    ref: "v1",
    manifestHash: sha256("evidence"),
  };

  test("are asked of a completed run, which stays completed", () => {
    const run = completedRun();
    run.ok(release, person("starter"));
    const approval = Object.values(run.state().approvals).find((one) => one.kind === "release");
    expect(approval).toMatchObject({
      risk: "high",
      status: "open",
      manifestHash: sha256("evidence"),
    });
    const vote = {
      type: "CastVote" as const,
      approvalId: approval?.approvalId ?? "",
      manifestHash: sha256("evidence"),
      decision: "approve" as const,
      comments: [],
      attested: "slack" as const,
    };
    expect(run.code({ ...vote, manifestHash: sha256("other") }, person("ann"))).toBe(
      "STALE_CONTENT",
    );
    run.ok(vote, person("ann"));
    expect(run.state().status).toBe("completed");
    expect(run.state().approvals[vote.approvalId]?.status).toBe("approved");
  });

  test("are refused where nobody could decide them or nothing is complete", () => {
    expect(awaiting(4).code(release, person("ann"))).toBe("NOT_READY");
    const run = completedRun();
    run.use({ policies: policies({ quorum: 5 }) });
    expect(run.code(release, person("ann"))).toBe("UNREACHABLE_QUORUM");
  });

  test("an expired release does not touch the run", () => {
    const run = completedRun();
    run.ok(release, person("starter"));
    const { approvalId } = Object.values(run.state().approvals).find(
      (one) => one.kind === "release",
    ) ?? { approvalId: "" };
    run.sleep(24 * HOUR);
    expect(types(run.send(tick(approvalId, "expire")))).toEqual(["ApprovalExpired"]);
    expect(run.state().status).toBe("completed");
  });
});

test("a commit is recorded once, for a step or a phase", () => {
  const run = awaiting(2);
  const record = {
    type: "RecordRepo" as const,
    of: "data-engineer",
    manifestHash: manifestOf("data-engineer", 0),
    oid: "abc",
  };
  run.ok(record, WORKER);
  expect(run.code({ ...record, oid: "def" }, WORKER)).toBe("CLOSED");
  expect(run.code({ ...record, of: "nobody" }, WORKER)).toBe("UNKNOWN");
});

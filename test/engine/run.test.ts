import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/hash.ts";
import {
  awaiting,
  comment,
  completedRun,
  harness,
  hashes,
  id,
  person,
  playbook,
  policies,
  startBody,
  startedRun,
  types,
  WORKER,
  workPhase,
} from "../support/engine-builders.ts";

const spec = (hash: string, commentIds: string[] = []) => ({
  type: "ChangeSpec" as const,
  specHash: sha256(hash),
  patchHash: sha256(`patch ${hash}`),
  commentIds,
});

describe("starting", () => {
  test("a started run activates phase 1 and readies the steps that need nothing", () => {
    const run = harness();
    expect(types(run.send(startBody(), person("starter")))).toEqual([
      "RunStarted",
      "PhaseActivated",
      "StepReadied",
    ]);
    expect(run.state().steps["data-engineer"]).toMatchObject({ status: "ready", gen: 1 });
    expect(run.state().steps["data-scientist"]?.status).toBe("blocked");
  });

  test("a run starts once", () => {
    expect(startedRun().code(startBody(), person("starter"))).toBe("RUN_OVER");
  });

  test("nothing can be asked of a run that never started", () => {
    expect(harness().code({ type: "PauseRun" })).toBe("UNKNOWN");
  });

  test("a playbook whose need comes later is refused", () => {
    const steps = playbook().reverse();
    expect(harness().code({ ...startBody(), playbook: steps }, person("starter"))).toBe("UNKNOWN");
  });

  test.each([
    ["more votes than approvers", { quorum: 3 }, "starter"],
    ["the one approver started it", { roles: [], people: ["ann"] }, "ann"],
    ["nobody is named and nobody owns the home", { roles: [], owner: "" }, "starter"],
    [
      "two roles are asked for and one person has both",
      { quorum: 2, distinctRoles: true, roles: [], people: ["ann"] },
      "starter",
    ],
  ])("a quorum that cannot be reached is said at the start: %s", (_case, change, who) => {
    const run = harness({ policies: policies(change) });
    expect(run.code(startBody(), person(who))).toBe("UNREACHABLE_QUORUM");
  });

  test("without Slack no vote counts for prod unless the policy allows unproved ones", () => {
    const at = (unattested: "deny" | "allow") =>
      harness({
        slackConfigured: false,
        policies: policies({ environment: "prod", unattested }),
      }).code(startBody(), person("starter"));
    expect(at("deny")).toBe("UNREACHABLE_QUORUM");
    expect(at("allow")).toBe("accepted");
  });
});

describe("pausing", () => {
  test("a paused run gives out no work and resumes where it was", () => {
    const run = startedRun();
    run.ok({ type: "PauseRun" }, person("ann"));
    expect(run.due()).toEqual([]);
    expect(run.code({ type: "PauseRun" })).toBe("NOT_READY");
    run.ok({ type: "ResumeRun" }, person("ann"));
    expect(run.due().map((work) => work.type)).toEqual(["claim"]);
    expect(run.code({ type: "ResumeRun" })).toBe("NOT_READY");
  });

  test("reasons to pause are a set: resuming by hand leaves the others", () => {
    const run = startedRun();
    const attemptId = run.claim("data-engineer");
    run.ok({ type: "FailAttempt", attemptId, fence: 1, class: "person", code: "REFUSED" });
    run.ok({ type: "PauseRun" }, person("ann"));
    expect(run.state().pauses).toEqual(["manual", "blocked"]);
    run.ok({ type: "ResumeRun" }, person("ann"));
    expect(run.state().pauses).toEqual(["blocked"]);
    expect(run.send({ type: "ResumeRun" }, person("ann"))).toMatchObject({
      code: "STILL_BLOCKED",
      valid: ["UnblockStep data-engineer (REFUSED)"],
    });
  });

  test("a run that is blocked goes on by itself when its cause is gone", () => {
    const run = startedRun();
    const attemptId = run.claim("data-engineer");
    run.ok({ type: "FailAttempt", attemptId, fence: 1, class: "bug", code: "BUG" });
    expect(run.state().status).toBe("paused");
    run.ok(
      { type: "UnblockStep", stepKey: "data-engineer", how: "retry", note: "" },
      person("ann"),
    );
    expect(run.state()).toMatchObject({ status: "running", pauses: [], blockedBy: null });
  });

  test("a refused key holds the run until a person resumes it, and costs no crash", () => {
    const run = startedRun();
    const attemptId = run.claim("data-engineer");
    run.ok({ type: "FailAttempt", attemptId, fence: 1, class: "config", code: "HTTP_401" });
    expect(run.state()).toMatchObject({ pauses: ["blocked"], blockedBy: "HTTP_401" });
    run.ok({ type: "AddComment", comment: comment(1) }, person("ann"));
    expect(run.state().status).toBe("paused");
    run.ok({ type: "ResumeRun" }, person("ann"));
    expect(run.state().steps["data-engineer"]?.crashes).toBe(0);
    expect(run.due().map((work) => work.type)).toEqual(["claim"]);
  });

  test("a handoff that nobody could decide any more holds the run until there are people", () => {
    const run = startedRun({ policies: policies({ people: ["ann"], roles: [] }) });
    run.ok({ type: "RerunRun", fromPhase: 1, reason: "again" }, person("ann"));
    workPhase(run, 1);
    expect(run.state()).toMatchObject({ blockedBy: "UNREACHABLE_QUORUM", status: "paused" });
    expect(run.code({ type: "ResumeRun" }, person("ann"))).toBe("UNREACHABLE_QUORUM");
    run.use({ policies: policies({ people: ["ann", "bob"], roles: [] }) });
    run.ok({ type: "ResumeRun" }, person("ann"));
    expect(run.state()).toMatchObject({ status: "running", blockedBy: null });
    expect(run.state().phases[1].status).toBe("awaiting_approval");
  });
});

describe("ending", () => {
  test("seven steps and four approvals complete a run", () => {
    const run = completedRun();
    expect(run.state().status).toBe("completed");
    expect(Object.values(run.state().steps).map((step) => step.status)).toEqual(
      Array(7).fill("accepted"),
    );
  });

  test("cancelling stops attempts, voids approvals and ends what is due", () => {
    const run = awaiting(2);
    run.ok({ type: "PauseRun" }, person("ann"));
    expect(types(run.send({ type: "CancelRun", reason: "enough" }, person("ann")))).toEqual([
      "ApprovalVoided",
      "RunCancelled",
    ]);
    expect(run.due()).toEqual([]);
    const busy = startedRun();
    busy.claim("data-engineer");
    expect(types(busy.send({ type: "CancelRun", reason: "" }, person("ann")))).toEqual([
      "AttemptCancelled",
      "RunCancelled",
    ]);
    expect(busy.code({ type: "CancelRun", reason: "" }, person("ann"))).toBe("RUN_OVER");
    expect(busy.code({ type: "ResumeRun" }, person("ann"))).toBe("RUN_OVER");
  });

  test("a completed run is not rerun but forked, and takes no comments", () => {
    const run = completedRun();
    const answer = run.send({ type: "RerunRun", fromPhase: 2, reason: "" }, person("ann"));
    expect(answer).toMatchObject({
      code: "RUN_OVER",
      valid: [expect.stringContaining("fork"), "RequestRelease"],
    });
    expect(run.code({ type: "AddComment", comment: comment(1) })).toBe("RUN_OVER");
  });

  test("what was spent is recorded even after the end", () => {
    const run = startedRun();
    const attemptId = run.claim("data-engineer");
    run.ok({ type: "CancelRun", reason: "" }, person("ann"));
    expect(
      run.code({
        type: "SettleUsage",
        attemptId,
        call: "1",
        model: "m",
        tokens: { input: 1, output: 1, read: 0, write5m: 0, write1h: 0, thinking: 0 },
        microUsd: 5,
        priceVersion: "v",
        outcome: "aborted",
      }),
    ).toBe("accepted");
    expect(run.state()).toMatchObject({ status: "cancelled", spent: { microUsd: 5, tokens: 2 } });
  });
});

describe("rerunning", () => {
  test("a phase is done again under a new generation and its waiting handoff is voided", () => {
    const run = awaiting(1);
    const old = run.approval(1);
    expect(types(run.send({ type: "RerunRun", fromPhase: 1, reason: "x" }, person("ann")))).toEqual(
      [
        "ApprovalVoided",
        "StepStaled",
        "StepStaled",
        "PhaseStaled",
        "PhaseActivated",
        "StepReadied",
      ],
    );
    expect(run.state().approvals[old]?.status).toBe("voided");
    expect(run.state().steps["data-engineer"]).toMatchObject({
      status: "ready",
      gen: 2,
      kind: "fresh",
    });
    expect(run.state().involved).toEqual(["starter", "ann"]);
  });

  test("equal bytes keep their approvals and leave later phases untouched", () => {
    const run = awaiting(3);
    const before = run.state().steps["ml-engineer"];
    const seen = run.log().length;
    run.ok({ type: "RerunRun", fromPhase: 1, reason: "" }, person("ann"));
    workPhase(run, 1);
    const since = run.log().slice(seen);
    expect(since.filter((event) => event.type === "StepAccepted")).toMatchObject([
      { step: "data-engineer", reaffirmed: true },
      { step: "data-scientist", reaffirmed: true },
    ]);
    expect(run.state().phases[1].status).toBe("done");
    expect(run.state().steps["ml-engineer"]).toEqual(before);
    expect(run.state().phases[3]).toMatchObject({ status: "awaiting_approval", revisions: 2 });
  });

  test("other bytes make what was built on them stale once they are approved", () => {
    const run = awaiting(3);
    run.ok({ type: "RerunRun", fromPhase: 1, reason: "" }, person("owner"));
    run.work("data-engineer", 1);
    run.work("data-scientist", 1);
    expect(run.state().phases[2].status).toBe("done");
    run.vote(1);
    expect(run.state().phases[2].status).toBe("active");
    expect(run.state().steps["ml-engineer"]).toMatchObject({ status: "ready", gen: 2 });
    expect(run.state().steps["mlops-engineer"]?.status).toBe("stale");
  });

  test("a phase that was not reached cannot be rerun", () => {
    expect(awaiting(1).code({ type: "RerunRun", fromPhase: 2, reason: "" })).toBe("NOT_READY");
  });

  test("a rejected handoff pauses the run until a phase is rerun", () => {
    const run = awaiting(2);
    run.vote(2, { decision: "reject" });
    expect(run.state()).toMatchObject({ pauses: ["blocked"], blockedBy: run.approval(2) });
    expect(run.code({ type: "ResumeRun" }, person("ann"))).toBe("STILL_BLOCKED");
    run.ok({ type: "RerunRun", fromPhase: 2, reason: "" }, person("owner"));
    expect(run.state().status).toBe("running");
  });

  test("an earlier phase that comes out equal leaves a rejected handoff rejected", () => {
    const run = awaiting(2);
    run.vote(2, { decision: "reject" });
    run.ok({ type: "RerunRun", fromPhase: 1, reason: "" }, person("owner"));
    workPhase(run, 1);
    expect(run.state()).toMatchObject({ status: "paused", pauses: ["blocked"] });
  });
});

describe("changing the spec", () => {
  test("exactly the steps whose input hash differs are stale", () => {
    const run = awaiting(3);
    const changed = { ...hashes(), "ml-engineer": sha256("other") };
    run.use({ inputHashes: changed });
    run.ok(spec("new"), person("ann"));
    const staled = run.log().filter((event) => event.type === "StepStaled");
    expect(staled).toMatchObject([{ step: "ml-engineer", because: "spec", now: sha256("other") }]);
    expect(run.state().phases[2].status).toBe("active");
    expect(run.state().steps["python-pro"]?.status).toBe("accepted");
  });

  test("a change that is taken back before anyone worked on it restores the work as it was", () => {
    const run = awaiting(2);
    run.use({
      inputHashes: { ...hashes(), "python-pro": sha256("other"), "ml-engineer": sha256("other") },
    });
    run.ok(spec("new"), person("owner"));
    expect(run.state().steps["ml-engineer"]?.status).toBe("ready");
    expect(run.state().steps["python-pro"]?.status).toBe("stale");
    run.use({ inputHashes: { ...hashes(), "ml-engineer": sha256("third") } });
    run.ok(spec("back"), person("owner"));
    run.work("ml-engineer", 0);
    expect(run.state().steps["python-pro"]).toMatchObject({ status: "submitted", gen: 1 });
    expect(run.state().phases[2]).toMatchObject({ status: "awaiting_approval", revisions: 2 });
  });

  test("a step that is ready is readied anew, so that a generation has one input", () => {
    const run = startedRun();
    run.use({ inputHashes: hashes("other") });
    run.ok(spec("other"), person("ann"));
    expect(run.state().steps["data-engineer"]).toMatchObject({
      status: "ready",
      gen: 2,
      baseHash: hashes("other")["data-engineer"],
    });
  });

  test("an attempt that reads a file that is stale now is cancelled, and goes on if the bytes come out equal", () => {
    const run = startedRun();
    run.work("data-engineer");
    const reader = run.claim("data-scientist");
    run.use({ inputHashes: { ...hashes(), "data-engineer": sha256("other") } });
    run.ok(spec("new"), person("ann"));
    const early = {
      type: "ClaimAttempt" as const,
      stepKey: "data-scientist",
      attemptId: id(50),
      worker: "w2",
      leaseUntilMs: run.now() + 30_000,
    };
    expect(run.code(early)).toBe("NOT_READY");
    expect(run.state().attempts[reader]?.status).toBe("cancelled");
    expect(run.due().map((work) => work.type === "claim" && work.step)).toEqual(["data-engineer"]);
    run.work("data-engineer", 0);
    const again = run.claim("data-scientist");
    expect(run.state().attempts[again]).toMatchObject({ kind: "retry", continues: reader, gen: 1 });
  });

  test("a step that is ready is readied anew when what it is to read has changed before anyone claimed it", () => {
    const run = startedRun();
    run.work("data-engineer", 0);
    run.use({ inputHashes: { ...hashes(), "data-engineer": sha256("other") } });
    run.ok(spec("new"), person("ann"));
    const before = run.state().steps["data-scientist"]?.inputHash;
    run.work("data-engineer", 1);
    expect(run.state().steps["data-scientist"]).toMatchObject({ status: "ready", gen: 2 });
    expect(run.state().steps["data-scientist"]?.inputHash).not.toBe(before);
  });

  test("only people change the spec", () => {
    expect(startedRun().code(spec("x"), WORKER)).toBe("PEOPLE_ONLY");
    expect(startedRun().code(spec("x"), person("ann", { model: true }))).toBe("PEOPLE_ONLY");
  });

  test("who edits the spec is involved; a reviewer whose comment asks for it is not", () => {
    const run = startedRun();
    run.ok({ type: "AddComment", comment: comment(1) }, person("ann"));
    run.ok(spec("a", [comment(1).id]), person("ann"));
    expect(run.state().involved).toEqual(["starter"]);
    expect(run.state().comments[comment(1).id]?.status).toBe("resolved");
    run.ok(spec("b"), person("bob"));
    expect(run.state().involved).toEqual(["starter", "bob"]);
    expect(run.code(spec("c", [id(77)]), person("bob"))).toBe("UNKNOWN");
  });
});

test("a comment changes nothing alone and is noted once", () => {
  const run = startedRun();
  const before = run.state().steps;
  run.ok({ type: "AddComment", comment: comment(1) }, person("ann"));
  expect(run.state().steps).toEqual(before);
  expect(run.code({ type: "AddComment", comment: comment(1) }, person("ann"))).toBe("CLOSED");
});

test("a retraining run whose first phase is unchanged passes it under its release", () => {
  const release = id(500);
  const run = harness({ carried: release });
  run.ok({ ...startBody(), retrain: { runId: id(9), approvalId: release } }, person("starter"));
  workPhase(run, 1);
  expect(run.state().phases[1]).toMatchObject({ status: "done", approvalId: release });
  expect(run.log().find((event) => event.type === "PhaseDone")).toMatchObject({ carried: true });
  expect(run.state().phases[2].status).toBe("active");
});

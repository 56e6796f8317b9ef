import { describe, expect, test } from "vitest";
import {
  awaiting,
  comment,
  type Harness,
  person,
  startedRun,
  types,
} from "../support/engine-builders.ts";

const fault = (n: number, step = "data-engineer", severity: "must" | "should" = "must") => ({
  step,
  comment: comment(n, { file: "conf/data.yaml", severity, from: "check" }),
});

const submitted = (run: Harness, step: string, version = 0) => {
  run.claim(step);
  run.submit(step, version);
};

describe("red checks", () => {
  test("are repaired twice in the same conversation, then a person is asked", () => {
    const run = startedRun();
    submitted(run, "data-engineer");
    for (const round of [1, 2]) {
      expect(types(run.check("data-engineer", { green: false }))).toEqual([
        "StepChecked",
        "StepRepairing",
      ]);
      const before = run.state().steps["data-engineer"]?.lastAttemptId;
      const repair = run.claim("data-engineer");
      expect(run.state().attempts[repair]).toMatchObject({
        kind: "repair",
        continues: before,
        no: round + 1,
      });
      run.submit("data-engineer");
    }
    expect(types(run.check("data-engineer", { green: false }))).toEqual([
      "StepChecked",
      "StepBlocked",
      "RunPaused",
    ]);
    expect(run.state().steps["data-engineer"]?.blockedOn?.code).toBe("CHECKS_FAILED");
  });

  test("a result for an attempt that is not being checked is refused", () => {
    const run = startedRun();
    const attemptId = run.claim("data-engineer");
    const body = {
      type: "FinishChecks" as const,
      attemptId,
      fence: 1,
      green: true,
      counts: { block: 0, warn: 0, info: 0, later: 0, skipped: 0 },
      levels: {},
      comments: [],
      findingsHash: "0".repeat(64),
    };
    expect(run.code(body)).toBe("FENCED");
    expect(run.code({ ...body, attemptId: comment(1).id })).toBe("UNKNOWN");
    run.submit("data-engineer");
    expect(run.code({ ...body, fence: 2 })).toBe("FENCED");
  });
});

describe("a fault in another step's file", () => {
  test("sends that step to revise it and costs the finder no repair", () => {
    const run = startedRun();
    run.work("data-engineer");
    submitted(run, "data-scientist");
    run.check("data-scientist", { comments: [fault(1)] });
    expect(run.state().steps["data-scientist"]).toMatchObject({
      status: "blocked",
      blockedOn: { on: "upstream", code: "UPSTREAM_FAULT", ref: "data-engineer" },
      repairRound: 0,
    });
    expect(run.state().steps["data-engineer"]).toMatchObject({
      status: "ready",
      kind: "revise",
      gen: 2,
    });
    expect(run.state().steps["data-engineer"]?.openComments.map((one) => one.id)).toEqual([
      comment(1).id,
    ]);
    run.work("data-engineer", 1);
    expect(run.state().steps["data-scientist"]).toMatchObject({ status: "ready", gen: 2 });
  });

  test("after two rounds a person is asked", () => {
    const run = startedRun();
    run.work("data-engineer");
    for (const round of [1, 2]) {
      submitted(run, "data-scientist");
      run.check("data-scientist", { comments: [fault(round)] });
      run.work("data-engineer", round);
    }
    submitted(run, "data-scientist");
    run.check("data-scientist", { comments: [fault(3)] });
    expect(run.state().steps["data-scientist"]?.blockedOn).toMatchObject({
      on: "person",
      code: "CHECKS_FAILED",
    });
    expect(run.state().steps["data-engineer"]?.status).toBe("submitted");
    run.ok(
      { type: "UnblockStep", stepKey: "data-scientist", how: "retry", note: "" },
      person("ann"),
    );
    expect(run.state().steps["data-scientist"]?.upstreamRounds).toBe(0);
  });

  test("in an earlier phase reopens that phase", () => {
    const run = awaiting(1);
    run.vote(1);
    submitted(run, "ml-engineer");
    run.check("ml-engineer", { comments: [fault(1)] });
    expect(run.state().phases[1].status).toBe("active");
    expect(run.state().steps["data-engineer"]?.kind).toBe("revise");
    run.work("data-engineer", 1);
    run.work("data-scientist", 1);
    run.vote(1);
    expect(run.state().steps["ml-engineer"]?.status).toBe("ready");
  });

  test("that is only a warning is noted for the handoff and holds nothing up", () => {
    const run = startedRun();
    run.work("data-engineer");
    submitted(run, "data-scientist");
    run.check("data-scientist", { comments: [fault(1, "data-engineer", "should")] });
    expect(run.state().phases[1].status).toBe("awaiting_approval");
    expect(run.state().comments[comment(1).id]?.status).toBe("open");
  });

  test("named for a step that has not worked yet does not leave the finder waiting for it", () => {
    const run = startedRun();
    submitted(run, "data-engineer");
    run.check("data-engineer", { comments: [fault(1, "ml-engineer")] });
    expect(run.state().steps["data-engineer"]?.status).toBe("submitted");
  });
});

test("a revision with equal bytes is accepted again without a vote, one with other bytes is asked about", () => {
  const run = awaiting(2);
  run.ok({ type: "RerunRun", fromPhase: 1, reason: "" }, person("owner"));
  run.work("data-engineer", 0);
  run.work("data-scientist", 1);
  expect(run.state().steps["data-engineer"]?.status).toBe("accepted");
  expect(run.state().steps["data-scientist"]?.status).toBe("submitted");
  expect(run.state().phases[1]).toMatchObject({ status: "awaiting_approval", revisions: 2 });
});

import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/hash.ts";
import {
  awaiting,
  comment,
  type Harness,
  HOUR,
  harness,
  id,
  manifestOf,
  person,
  playbook,
  startBody,
  startedRun,
  types,
  usage,
  WORKER,
} from "../support/engine-builders.ts";

const claim = (stepKey: string, attemptId: string, run: Harness) => ({
  type: "ClaimAttempt" as const,
  stepKey,
  attemptId,
  worker: "w2",
  leaseUntilMs: run.now() + 30_000,
});

const expire = (run: Harness, step = "data-engineer") => {
  const attempt = run.state().attempts[run.state().steps[step]?.liveAttemptId ?? ""];
  run.ok({
    type: "ExpireAttempt",
    attemptId: attempt?.attemptId ?? "",
    fence: attempt?.fence ?? 0,
  });
};

const fail = (
  run: Harness,
  cls: "transient" | "checks" | "config" | "person" | "budget" | "bug",
  retryAtMs?: number,
) => {
  const attemptId = run.state().steps["data-engineer"]?.liveAttemptId ?? "";
  const fence = run.state().steps["data-engineer"]?.fence ?? 0;
  return run.ok({
    type: "FailAttempt",
    attemptId,
    fence,
    class: cls,
    code: "CODE",
    ...(retryAtMs === undefined ? {} : { retryAtMs }),
  });
};

describe("claiming", () => {
  test("a claim raises the fence, and a step has one live attempt", () => {
    const run = startedRun();
    const first = run.claim("data-engineer");
    expect(run.state().attempts[first]).toMatchObject({ fence: 1, kind: "fresh", no: 1 });
    expect(run.code(claim("data-engineer", id(50), run))).toBe("ALREADY_CLAIMED");
    expire(run);
    const second = run.claim("data-engineer");
    expect(run.state().attempts[second]).toMatchObject({
      fence: 2,
      kind: "retry",
      continues: first,
      no: 2,
    });
  });

  test.each([
    ["nobody", "UNKNOWN"],
    ["data-scientist", "NOT_READY"],
    ["ml-engineer", "NOT_READY"],
  ])("a step that is not there or waits cannot be claimed: %s", (step, code) => {
    const run = startedRun();
    expect(run.code(claim(step, id(50), run))).toBe(code);
  });

  test("an attempt id is used once", () => {
    const run = startedRun();
    const first = run.claim("data-engineer");
    expire(run);
    expect(run.code(claim("data-engineer", first, run))).toBe("ALREADY_CLAIMED");
  });

  test("nothing is claimed while the run is paused", () => {
    const run = startedRun();
    run.ok({ type: "PauseRun" }, person("ann"));
    expect(run.code(claim("data-engineer", id(50), run))).toBe("NOT_READY");
  });

  test("a step of the same phase may read what is submitted there", () => {
    const run = startedRun();
    run.work("data-engineer", 2);
    run.claim("data-scientist");
    expect(run.state().steps["data-scientist"]?.consumed).toEqual({
      "data-engineer": manifestOf("data-engineer", 2),
    });
  });
});

describe("fences", () => {
  test("a write under an old fence is refused, its cost is not", () => {
    const run = startedRun();
    const old = run.claim("data-engineer");
    expire(run);
    run.claim("data-engineer");
    const body = {
      type: "SubmitAttempt" as const,
      attemptId: old,
      fence: 1,
      manifestHash: manifestOf("data-engineer", 0),
      files: 1,
      bytes: 1,
      summaryHash: sha256("s"),
      resolutions: [],
    };
    expect(run.code(body)).toBe("FENCED");
    expect(run.code({ type: "ExpireAttempt", attemptId: old, fence: 1 })).toBe("FENCED");
    expect(
      run.code({ type: "FailAttempt", attemptId: old, fence: 1, class: "bug", code: "B" }),
    ).toBe("FENCED");
    expect(
      run.code({
        type: "ExhaustBudget",
        attemptId: old,
        fence: 1,
        approvalId: id(60),
        scope: "run.usd",
        need: 1,
        have: 0,
      }),
    ).toBe("FENCED");
    expect(run.code(usage(old, "1", 7))).toBe("accepted");
    expect(run.code({ ...body, attemptId: id(51) })).toBe("UNKNOWN");
  });

  test("a live attempt is written to under its own fence only", () => {
    const run = startedRun();
    const attemptId = run.claim("data-engineer");
    expect(run.code({ type: "ExpireAttempt", attemptId, fence: 2 })).toBe("FENCED");
  });

  test("a running lease is expired only by the worker, who sees the heartbeats", () => {
    const run = startedRun();
    const attemptId = run.claim("data-engineer");
    const body = { type: "ExpireAttempt" as const, attemptId, fence: 1 };
    expect(run.code(body, person("ann"))).toBe("NOT_READY");
    expect(run.code(body, WORKER)).toBe("accepted");
  });
});

describe("failing", () => {
  test("three crash retries of a generation are given, then a person is asked", () => {
    const run = startedRun();
    for (let crash = 1; crash <= 3; crash++) {
      run.claim("data-engineer");
      expire(run);
      expect(run.state().steps["data-engineer"]).toMatchObject({
        status: "working",
        crashes: crash,
      });
    }
    run.claim("data-engineer");
    expire(run);
    expect(run.state().steps["data-engineer"]?.blockedOn).toMatchObject({
      on: "person",
      code: "POISON",
    });
    expect(run.state().pauses).toEqual(["blocked"]);
  });

  test("an attempt that ends because the run was paused is no crash", () => {
    const run = startedRun();
    run.claim("data-engineer");
    run.ok({ type: "PauseRun" }, person("ann"));
    expire(run);
    expect(run.state().steps["data-engineer"]?.crashes).toBe(0);
  });

  test("a passing fault is retried not before its time", () => {
    const run = startedRun();
    run.claim("data-engineer");
    fail(run, "transient", run.now() + HOUR);
    expect(run.due()).toMatchObject([{ type: "claim", notBeforeMs: run.now() + HOUR }]);
    expect(run.code(claim("data-engineer", id(50), run))).toBe("NOT_READY");
    run.sleep(HOUR);
    expect(run.code(claim("data-engineer", id(50), run))).toBe("accepted");
  });

  test("checks that cannot be made green by the attempt itself are repaired twice, then a person is asked", () => {
    const run = startedRun();
    run.claim("data-engineer");
    for (const round of [1, 2]) {
      expect(types(fail(run, "checks"))).toEqual(["AttemptFailed", "StepRepairing"]);
      const repair = run.claim("data-engineer");
      expect(run.state().attempts[repair]?.kind).toBe("repair");
      expect(run.state().steps["data-engineer"]?.repairRound).toBe(round);
    }
    fail(run, "checks");
    expect(run.state().steps["data-engineer"]?.blockedOn?.code).toBe("CHECKS_FAILED");
  });

  test.each(["person", "bug", "budget"] as const)(
    "a fault of class %s asks a person at once",
    (cls) => {
      const run = startedRun();
      run.claim("data-engineer");
      fail(run, cls);
      expect(run.state().steps["data-engineer"]).toMatchObject({
        status: "blocked",
        blockedOn: { on: "person", code: "CODE" },
      });
    },
  );

  test("a crash during a repair is retried as what it was, in the same round", () => {
    const run = startedRun();
    run.claim("data-engineer");
    run.submit("data-engineer");
    run.check("data-engineer", { green: false });
    run.claim("data-engineer");
    expire(run);
    const after = run.claim("data-engineer");
    expect(run.state().attempts[after]?.kind).toBe("retry");
    expect(run.state().steps["data-engineer"]?.repairRound).toBe(1);
  });
});

describe("submitting", () => {
  const asked = () => {
    const run = awaiting(1);
    run.vote(1, {
      decision: "request_changes",
      comments: [
        comment(1, { file: "conf/data.yaml", severity: "must" }),
        comment(2, { file: "expectations/a/b.json" }),
      ],
    });
    run.claim("data-engineer");
    return run;
  };
  const submit = (
    run: Harness,
    resolutions: readonly { id: number; status: "done" | "declined" }[],
  ) => {
    const step = run.state().steps["data-engineer"];
    return run.code({
      type: "SubmitAttempt",
      attemptId: step?.liveAttemptId ?? "",
      fence: step?.fence ?? 0,
      manifestHash: manifestOf("data-engineer", 1),
      files: 1,
      bytes: 1,
      summaryHash: sha256("s"),
      resolutions: resolutions.map((one) => ({
        commentId: comment(one.id).id,
        status: one.status,
        how: "",
        files: [],
      })),
    });
  };

  test.each([
    ["one is missing", [{ id: 1, status: "done" }]],
    [
      "one is answered twice",
      [
        { id: 1, status: "done" },
        { id: 2, status: "done" },
        { id: 2, status: "declined" },
      ],
    ],
    [
      "a must is declined",
      [
        { id: 1, status: "declined" },
        { id: 2, status: "done" },
      ],
    ],
    [
      "one is not open",
      [
        { id: 1, status: "done" },
        { id: 2, status: "done" },
        { id: 3, status: "done" },
      ],
    ],
  ] as const)("each open comment is answered exactly once: %s", (_case, resolutions) => {
    expect(submit(asked(), resolutions)).toBe("BAD_RESOLUTIONS");
  });

  test("a should may be declined, and answered comments are closed when the work is submitted", () => {
    const run = asked();
    expect(
      submit(run, [
        { id: 1, status: "done" },
        { id: 2, status: "declined" },
      ]),
    ).toBe("accepted");
    expect(run.state().comments[comment(1).id]?.status).toBe("taken");
    run.check("data-engineer");
    expect(run.state().comments[comment(1).id]?.status).toBe("resolved");
    expect(run.state().steps["data-engineer"]?.openComments).toEqual([]);
  });
});

describe("unblocking", () => {
  const blocked = () => {
    const run = startedRun();
    run.claim("data-engineer");
    fail(run, "person");
    return run;
  };
  const body = {
    type: "UnblockStep" as const,
    stepKey: "data-engineer",
    how: "use_draft" as const,
    note: "",
  };

  test("a person lets a blocked step go on, with its draft if asked", () => {
    const run = blocked();
    run.ok(body, person("ann"));
    expect(run.state().steps["data-engineer"]).toMatchObject({
      status: "ready",
      gen: 2,
      useDraft: true,
      crashes: 0,
    });
  });

  test("only a person does, and only where a person is needed", () => {
    expect(blocked().code(body, WORKER)).toBe("PEOPLE_ONLY");
    expect(blocked().code({ ...body, stepKey: "nobody" }, person("ann"))).toBe("UNKNOWN");
    expect(startedRun().code(body, person("ann"))).toBe("NOT_READY");
  });
});

describe("money", () => {
  test("a call settles once; a correction replaces what it came to", () => {
    const run = startedRun();
    const attemptId = run.claim("data-engineer");
    run.ok(usage(attemptId, "1", 100));
    run.ok(usage(attemptId, "2", 50));
    expect(run.code(usage(attemptId, "1", 100))).toBe("CLOSED");
    run.ok(usage(attemptId, "1b", 30, "1"));
    expect(run.state().spent).toEqual({ microUsd: 80, tokens: 20 });
    run.ok(usage(attemptId, "2", 10, "2"));
    expect(run.state().spent).toEqual({ microUsd: 40, tokens: 20 });
    expect(run.code(usage(attemptId, "9", 1, "8"))).toBe("UNKNOWN");
    expect(run.code(usage(id(55), "1", 1))).toBe("UNKNOWN");
  });

  const exhaust = (run: Harness, approval: number, change = {}) => {
    const step = run.state().steps["data-engineer"];
    return {
      type: "ExhaustBudget" as const,
      attemptId: step?.liveAttemptId ?? "",
      fence: step?.fence ?? 0,
      approvalId: id(approval),
      scope: "run.usd" as const,
      need: 5,
      have: 1,
      ...change,
    };
  };

  test("an exhausted budget pauses the run and asks to raise it; raised, the attempt goes on as a retry", () => {
    const run = startedRun();
    run.claim("data-engineer");
    expect(types(run.send(exhaust(run, 600)))).toEqual([
      "AttemptOverBudget",
      "RunPaused",
      "ApprovalOpened",
    ]);
    expect(run.state().approvals[id(600)]).toMatchObject({ kind: "budget", risk: "medium" });
    expect(run.code({ type: "ResumeRun" }, person("ann"))).toBe("STILL_BLOCKED");
    const vote = {
      type: "CastVote" as const,
      approvalId: id(600),
      decision: "approve" as const,
      comments: [],
      attested: "slack" as const,
    };
    expect(run.code(vote, person("ann"))).toBe("STALE_CONTENT");
    expect(run.code({ ...vote, raiseTo: 10_000_000 }, person("ann"))).toBe("STALE_CONTENT");
    run.ok({ ...vote, raiseTo: 20_000_000 }, person("ann"));
    expect(run.state()).toMatchObject({
      status: "running",
      budget: { run: { microUsd: 20_000_000 } },
    });
    const again = run.claim("data-engineer");
    expect(run.state().attempts[again]?.kind).toBe("retry");
    expect(run.state().steps["data-engineer"]?.crashes).toBe(0);
  });

  test("two attempts that run out of the same scope ask people once", () => {
    const run = harness();
    const free = playbook().map((step) => ({ ...step, phase: 1 as const, needs: [] }));
    run.ok({ ...startBody(), playbook: free }, person("starter"));
    run.claim("data-engineer");
    const other = run.claim("python-pro");
    run.ok(exhaust(run, 600));
    expect(types(run.send(exhaust(run, 600, { attemptId: other })))).toEqual(["CLOSED"]);
    expect(types(run.send(exhaust(run, 601, { attemptId: other })))).toEqual(["AttemptOverBudget"]);
    expect(Object.keys(run.state().approvals)).toEqual([id(600)]);
  });

  test("a run that ran out of two budgets goes on when both are raised", () => {
    const run = harness();
    const free = playbook().map((step) => ({ ...step, phase: 1 as const, needs: [] }));
    run.ok({ ...startBody(), playbook: free }, person("starter"));
    run.claim("data-engineer");
    const other = run.claim("python-pro");
    run.ok(exhaust(run, 600));
    run.ok(exhaust(run, 601, { attemptId: other, scope: "phase.usd" }));
    const raise = (approval: number) =>
      run.ok(
        {
          type: "CastVote",
          approvalId: id(approval),
          raiseTo: 30_000_000,
          decision: "approve",
          comments: [],
          attested: "slack",
        },
        person("ann"),
      );
    raise(600);
    expect(run.state().status).toBe("paused");
    raise(601);
    expect(run.state().status).toBe("running");
  });

  test("a refused raise lets a person resume and try again", () => {
    const run = startedRun();
    run.claim("data-engineer");
    run.ok(exhaust(run, 600));
    run.ok(
      {
        type: "CastVote",
        approvalId: id(600),
        decision: "reject",
        comments: [],
        attested: "slack",
      },
      person("ann"),
    );
    expect(run.state().pauses).toEqual(["budget"]);
    run.ok({ type: "ResumeRun" }, person("ann"));
    run.claim("data-engineer");
    run.ok(exhaust(run, 601));
    expect(run.state().approvals[id(601)]?.status).toBe("open");
  });
});

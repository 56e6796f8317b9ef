import { describe, expect, test } from "vitest";
import {
  accepted,
  awaiting,
  comment,
  HOUR,
  id,
  manifestOf,
  person,
  policies,
  startedRun,
  T0,
  types,
  WORKER,
} from "../support/engine-builders.ts";

const code = (answer: ReturnType<ReturnType<typeof awaiting>["vote"]>) =>
  "code" in answer ? answer.code : "accepted";

describe("approving", () => {
  test("accepts the submitted steps, ends the phase and activates the next", () => {
    const run = awaiting(1);
    expect(types(run.vote(1))).toEqual([
      "VoteCast",
      "ApprovalApproved",
      "StepAccepted",
      "StepAccepted",
      "PhaseDone",
      "PhaseActivated",
      "StepReadied",
    ]);
  });

  test("of the last phase completes the run", () => {
    const run = awaiting(4);
    expect(types(run.vote(4)).at(-1)).toBe("RunCompleted");
  });

  test("waits for the quorum, and a person counts once", () => {
    const run = awaiting(1, { policies: policies({ quorum: 2 }) });
    run.vote(1);
    expect(types(run.vote(1))).toEqual(["VoteCast"]);
    expect(run.state().approvals[run.approval(1)]?.votes).toHaveLength(1);
    expect(types(run.vote(1, {}, person("bob")))).toContain("ApprovalApproved");
  });

  test("with distinct roles needs an assignment of one role per vote", () => {
    const run = awaiting(1, {
      policies: policies({ quorum: 2, distinctRoles: true, roles: ["approver", "lead"] }),
    });
    run.vote(1, {}, person("ann"));
    expect(types(run.vote(1, {}, person("bob")))).toContain("ApprovalApproved");
  });

  test("counts only votes of people who still may vote", () => {
    const run = awaiting(1, { policies: policies({ quorum: 2 }) });
    run.vote(1, {}, person("ann"));
    run.use({ people: [{ id: "bob", roles: ["approver"] }] });
    expect(types(run.vote(1, {}, person("bob")))).toEqual(["VoteCast"]);
  });

  test("with distinct roles waits while the votes share one role", () => {
    const run = awaiting(1, {
      policies: policies({ quorum: 2, distinctRoles: true, roles: ["approver", "lead"] }),
    });
    run.use({
      people: [
        { id: "ann", roles: ["approver"] },
        { id: "bob", roles: ["approver"] },
        { id: "owner", roles: ["lead"] },
      ],
    });
    run.vote(1, {}, person("ann"));
    expect(types(run.vote(1, {}, person("bob")))).toEqual(["VoteCast"]);
    expect(types(run.vote(1, {}, person("owner")))).toContain("ApprovalApproved");
  });
});

describe("a vote is refused in this order", () => {
  // Each case breaks every later rule too, so that the order itself is what is tested.
  const bad = { manifestHash: manifestOf("x", 9), form: true };
  const open = () =>
    awaiting(1, { policies: policies({ minLevel: { else: "executed", dataset: "executed" } }) });
  const closed = () => {
    const run = open();
    run.ok({ type: "CancelRun", reason: "" }, person("ann"));
    return run;
  };

  test("a model never votes", () => {
    expect(code(open().vote(1, bad, person("starter", { model: true })))).toBe(
      "MODEL_MAY_NOT_VOTE",
    );
  });
  test("then a form that is not allowed", () => {
    expect(code(open().vote(1, bad, person("starter")))).toBe("FORM_NOT_ALLOWED");
  });
  test("then an approval that takes no votes", () => {
    const run = awaiting(1);
    const first = run.approval(1);
    accepted(run.vote(1));
    expect(
      code(run.vote(1, { approvalId: first, manifestHash: manifestOf("x", 9) }, person("starter"))),
    ).toBe("CLOSED");
    expect(closed().vote(1)).toMatchObject({ code: "RUN_OVER" });
  });
  test("then content other than what was shown", () => {
    expect(code(open().vote(1, { manifestHash: manifestOf("x", 9) }, person("starter")))).toBe(
      "STALE_CONTENT",
    );
  });
  test("then who may not decide, naming who may", () => {
    expect(open().vote(1, {}, person("starter"))).toMatchObject({
      code: "NOT_AN_APPROVER",
      valid: ["ask ann, bob"],
    });
    expect(code(open().vote(1, {}, WORKER))).toBe("NOT_AN_APPROVER");
  });
  test("then who started or changed the run, whatever the vote says", () => {
    const run = open();
    run.ok({ type: "RerunRun", fromPhase: 1, reason: "" }, person("ann"));
    run.work("data-engineer");
    run.work("data-scientist");
    expect(code(run.vote(1))).toBe("SELF_APPROVAL");
    expect(code(run.vote(1, { decision: "reject" }))).toBe("SELF_APPROVAL");
    expect(code(run.vote(1, {}, person("bob")))).toBe("accepted");
  });
  test("an unknown approval is named as such", () => {
    expect(code(open().vote(1, { approvalId: id(404) }))).toBe("UNKNOWN");
  });
});

describe("levels", () => {
  const below = () => {
    const run = startedRun();
    run.claim("data-engineer");
    run.submit("data-engineer");
    run.check("data-engineer", { levels: { dataset: "unverified" } });
    run.work("data-scientist");
    return run;
  };
  const waive = (approvalId: string) => ({
    type: "WaiveLevel" as const,
    approvalId,
    reason: "no Python here",
  });

  test("work below the policy's level is approved only after the owner waived it", () => {
    const run = below();
    expect(run.state().approvals[run.approval(1)]?.belowLevel).toEqual(["dataset"]);
    expect(code(run.vote(1))).toBe("BELOW_LEVEL");
    expect(run.code(waive(run.approval(1)), person("ann"))).toBe("OWNER_ONLY");
    expect(run.code(waive(run.approval(1)), person("owner", { model: true }))).toBe("OWNER_ONLY");
    run.ok(waive(run.approval(1)), person("owner"));
    expect(run.code(waive(run.approval(1)), person("owner"))).toBe("NOT_READY");
    expect(code(run.vote(1))).toBe("accepted");
    expect(run.code(waive(run.approval(1)), person("owner"))).toBe("CLOSED");
    expect(run.code(waive(id(404)), person("owner"))).toBe("UNKNOWN");
  });

  test("changes may be asked for below the level", () => {
    expect(code(below().vote(1, { decision: "request_changes", comments: [comment(1)] }))).toBe(
      "accepted",
    );
  });
});

describe("proof", () => {
  const none = { attested: "none" as const };

  test("with Slack an unproved vote is recorded and counts for no named approvers", () => {
    const run = awaiting(1);
    expect(types(run.vote(1, none))).toEqual(["VoteCast"]);
    expect(types(run.vote(1, { attested: "client" }))).toEqual(["VoteCast"]);
    expect(types(run.vote(1, { attested: "code" }))).toContain("ApprovalApproved");
  });

  test("with Slack it counts where nobody is named, but never for prod", () => {
    const at = (environment: string | null) =>
      types(
        awaiting(1, { policies: policies({ roles: [], environment }) }).vote(
          1,
          none,
          person("owner"),
        ),
      );
    expect(at(null)).toContain("ApprovalApproved");
    expect(at("prod")).toEqual(["VoteCast"]);
  });

  test("without Slack it counts", () => {
    const run = awaiting(1, { slackConfigured: false });
    expect(types(run.vote(1, none))).toContain("ApprovalApproved");
  });

  test("an unproved rejection does not stop anything either", () => {
    const run = awaiting(1);
    expect(types(run.vote(1, { ...none, decision: "reject" }))).toEqual(["VoteCast"]);
  });
});

describe("forms of an assistant", () => {
  const at = (phase: 1 | 3, assistantForms: boolean, risk: "high" | null = null) =>
    code(
      awaiting(phase, { policies: policies({ assistantForms, risk }) }).vote(phase, {
        form: true,
        attested: "code",
      }),
    );

  test("answer low and medium approvals where the policy allows them", () => {
    expect(at(1, true)).toBe("accepted");
    expect(at(1, false)).toBe("FORM_NOT_ALLOWED");
    expect(at(3, true)).toBe("FORM_NOT_ALLOWED");
    expect(at(1, true, "high")).toBe("FORM_NOT_ALLOWED");
  });
});

describe("asking for changes", () => {
  const ask = (comments: ReturnType<typeof comment>[]) => {
    const run = awaiting(2);
    accepted(run.vote(2, { decision: "request_changes", comments }));
    return run;
  };

  test("readies the owner of the file to revise it and leaves the others submitted", () => {
    const run = ask([comment(1, { file: "src/birds/predict.py" })]);
    expect(run.state().steps["ml-engineer"]).toMatchObject({
      status: "ready",
      kind: "revise",
      gen: 2,
    });
    expect(run.state().steps["python-pro"]?.status).toBe("submitted");
    expect(run.state().phases[2].status).toBe("active");
  });

  test("on a file that two steps write goes to the later one", () => {
    const run = ask([comment(1, { file: "src/birds/train.py" })]);
    expect(run.state().steps["python-pro"]).toMatchObject({ status: "ready", kind: "revise" });
  });

  test.each([
    ["without a file", comment(1), "ml-engineer"],
    ["for a named role", comment(1, { file: "role:python-pro" }), "python-pro"],
    ["on a file that nobody owns", comment(1, { file: "README.md" }), "ml-engineer"],
  ])("%s goes to one step of the phase", (_case, said, owner) => {
    expect(ask([said]).state().steps[owner]?.kind).toBe("revise");
  });

  test("without any comment sends the first step of the phase to revise", () => {
    expect(ask([]).state().steps["ml-engineer"]).toMatchObject({ status: "ready", kind: "revise" });
  });

  test("on a file of an earlier phase reopens that phase", () => {
    const run = ask([comment(1, { file: "conf/data.yaml" })]);
    expect(run.state().phases[1].status).toBe("active");
    expect(run.state().steps["data-engineer"]).toMatchObject({ status: "ready", kind: "revise" });
    run.work("data-engineer", 0);
    expect(run.state().phases[1].status).toBe("done");
    expect(run.state().phases[2]).toMatchObject({ status: "awaiting_approval", revisions: 2 });
  });

  test("of two steps lets the second wait for the first", () => {
    const run = ask([
      comment(1, { file: "role:python-pro" }),
      comment(2, { file: "role:ml-engineer" }),
    ]);
    expect(run.state().steps["python-pro"]?.status).toBe("stale");
    run.work("ml-engineer", 1);
    expect(run.state().steps["python-pro"]).toMatchObject({ status: "ready", kind: "revise" });
  });

  test("makes a dependent of the phase stale only when the bytes it read differ", () => {
    const same = ask([comment(1, { file: "src/birds/predict.py" })]);
    same.work("ml-engineer", 0);
    expect(same.state().steps["python-pro"]).toMatchObject({ status: "submitted", gen: 1 });
    expect(same.state().phases[2]).toMatchObject({ status: "awaiting_approval", revisions: 2 });
    const other = ask([comment(1, { file: "src/birds/predict.py" })]);
    other.work("ml-engineer", 1);
    expect(other.state().steps["python-pro"]).toMatchObject({
      status: "ready",
      kind: "fresh",
      gen: 2,
    });
  });

  test("does not take up comments of a vote that does not count", () => {
    const run = awaiting(1);
    run.vote(
      1,
      { decision: "request_changes", comments: [comment(1)], attested: "none" },
      person("bob"),
    );
    run.vote(1, { decision: "request_changes", comments: [comment(2)] });
    expect(run.state().comments[comment(1).id]?.status).toBe("open");
    expect(run.state().comments[comment(2).id]?.status).toBe("taken");
  });
});

describe("delegation", () => {
  const delegate = (to: string, untilMs = T0 + HOUR) => ({
    type: "DelegateVotes" as const,
    to,
    untilMs,
  });

  test("a delegate votes for the person until the time is over", () => {
    const run = awaiting(1);
    run.ok(delegate("owner"), person("bob"));
    expect(code(run.vote(1, {}, person("owner")))).toBe("NOT_AN_APPROVER");
    const early = run.vote(1, { onBehalfOf: "bob" }, person("owner"));
    expect(types(early)).toContain("ApprovalApproved");
    const late = awaiting(1);
    late.ok(delegate("owner"), person("bob"));
    late.sleep(HOUR);
    expect(code(late.vote(1, { onBehalfOf: "bob" }, person("owner")))).toBe("NOT_AN_APPROVER");
  });

  test("who started the run does not decide it through or for another", () => {
    const run = awaiting(1);
    run.ok(delegate("starter"), person("bob"));
    expect(code(run.vote(1, { onBehalfOf: "bob" }, person("starter")))).toBe("SELF_APPROVAL");
  });

  test.each([
    ["a model", delegate("bob"), person("ann", { model: true }), "PEOPLE_ONLY"],
    ["nobody", delegate("bob"), WORKER, "PEOPLE_ONLY"],
    ["to oneself", delegate("ann"), person("ann"), "UNKNOWN"],
    ["to a stranger", delegate("eve"), person("ann"), "UNKNOWN"],
    ["into the past", delegate("bob", T0), person("ann"), "NOT_READY"],
  ])("is refused: %s", (_case, body, actor, expected) => {
    expect(startedRun().code(body, actor)).toBe(expected);
  });
});

test("budget votes add up only for the same amount", () => {
  const run = startedRun({ policies: policies({ quorum: 2 }) });
  const attemptId = run.claim("data-engineer");
  run.ok({
    type: "ExhaustBudget",
    attemptId,
    fence: 1,
    approvalId: id(600),
    scope: "phase.usd",
    need: 5,
    have: 1,
  });
  const vote = (raiseTo: number, who: string) =>
    types(
      run.send(
        {
          type: "CastVote",
          approvalId: id(600),
          raiseTo,
          decision: "approve",
          comments: [],
          attested: "slack",
        },
        person(who),
      ),
    );
  expect(vote(5_000_000, "ann")).toEqual(["VoteCast"]);
  expect(vote(6_000_000, "bob")).toEqual(["VoteCast"]);
  expect(vote(6_000_000, "ann")).toEqual([
    "VoteCast",
    "ApprovalApproved",
    "BudgetRaised",
    "RunResumed",
  ]);
  expect(run.state().budget.phase.microUsd).toBe(6_000_000);
});

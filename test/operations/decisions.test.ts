import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Actor } from "../../src/engine/command.ts";
import { createTestApp, START, type TestApp } from "../support/test-app.ts";

const WORKSPACE = `
people:
  - {id: tess, name: Tess, os: [tess], slack: ["T1:U1"]}
  - {id: ann, name: Ann, slack: ["T1:U2"], roles: [approver]}
  - {id: bob, name: Bob, slack: ["T1:U3"], roles: [approver]}
  - {id: run, name: Rune, slack: ["T1:U4"], roles: [runner]}
roles: {runner: [run], approver: [approve]}
policy: {owner: tess, default: {roles: [approver], quorum: 2, min_level: {training: unverified, tests: unverified, else: unverified}}, kinds: {budget: {quorum: 1}}}
surfaces: {slack: {channel: C1}}
`;
const TOKENS = { SLACK_BOT_TOKEN: "xoxb-test", SLACK_APP_TOKEN: "xapp-test" };

const slack = (person: string, account: string): Actor => ({
  person,
  via: "slack",
  ref: account,
  model: false,
});
const ANN = slack("ann", "T1/U2");
const BOB = slack("bob", "T1/U3");
const RUNE = slack("run", "T1/U4");
const MODEL: Actor = { person: "run", via: "mcp", ref: "stdio/rune", model: true };
const WORKER: Actor = { person: null, via: "worker", ref: "w1", model: false };

interface Started {
  readonly run_id: string;
  readonly run: string;
}

let t: TestApp;
beforeAll(async () => {
  t = await createTestApp({ workspace: WORKSPACE, environment: TOKENS });
}, 60_000);
afterAll(() => t.close());

const start = async (pipeline: string): Promise<Started> =>
  (await t.call("run_start", { ...START, pipeline }, { actor: RUNE })) as unknown as Started;

const awaiting = async (pipeline: string) => {
  const started = await start(pipeline);
  const end = await t.drive(started.run_id);
  if (end.kind !== "handoff") throw new Error(JSON.stringify(end));
  return { ...started, approval: end.approvalId };
};

const approvalOf = async (runId: string, approvalId: string) =>
  (await t.app.store.runs.state(runId)).approvals[approvalId];

describe("a handoff", () => {
  test("is approved by two people over all surfaces; a repeat is no second vote, and a delegate votes once for another", async () => {
    const { approval, run_id } = await awaiting("quorum");
    const vote = (actor: Actor, more: object = {}, key?: string) =>
      t.call(
        "approval_vote",
        { approval, decision: "approve", ...more },
        key === undefined ? { actor } : { actor, key },
      );
    const note = { comments: [{ text: "read all of it" }] };
    expect(await vote(ANN, note, "k-ann")).toMatchObject({
      outcome: "recorded",
      attested: "slack",
    });
    expect(await vote(ANN, note, "k-ann")).toMatchObject({ outcome: "recorded" });
    await expect(vote(ANN, {}, "k-ann")).rejects.toMatchObject({ code: "KEY_REUSED" });
    expect((await approvalOf(run_id, approval))?.votes).toHaveLength(1);

    await expect(vote(ANN, { on_behalf_of: "bob" })).rejects.toMatchObject({
      code: "NOT_AN_APPROVER",
    });
    const until = new Date(t.app.deps.clock.nowMs() + 3_600_000).toISOString();
    await expect(
      t.call("votes_delegate", { run_id, to: "run", until }, { actor: BOB }),
    ).rejects.toMatchObject({ code: "NOT_AN_APPROVER" });
    await t.call("votes_delegate", { run_id, to: "ann", until }, { actor: BOB });
    expect(await vote(ANN, { on_behalf_of: "bob" })).toMatchObject({ outcome: "approved" });
    const votes = (await approvalOf(run_id, approval))?.votes ?? [];
    expect(votes.map((one) => one.onBehalfOf ?? one.person).sort()).toEqual(["ann", "bob"]);
    expect((await t.app.store.verify(run_id))[0]?.fault).toBeNull();
  }, 120_000);

  test("is put before people by an assistant, which decides nothing", async () => {
    const { approval, run_id } = await awaiting("asked");
    const asked = await t.call(
      "approval_request_decision",
      { approval_id: approval, recommendation: "the card is complete" },
      { actor: MODEL },
    );
    expect(asked).toMatchObject({ asked_on: ["slack"], may_decide: ["ann", "bob"] });
    const rows = await t.app.store.outbox.list({ runId: "workspace", limit: 200 });
    expect(rows.find((row) => row.kind === "request")?.body).toMatchObject({
      run_id,
      ref: approval,
      by: "stdio/rune",
      for: "run",
      note: "the card is complete",
    });
    expect((await approvalOf(run_id, approval))?.status).toBe("open");
  }, 120_000);

  test("is said to be asked in the terminal alone while no channel shows its run", async () => {
    const quiet = await createTestApp({
      workspace: WORKSPACE.replace("channel: C1", "channel: null"),
      environment: TOKENS,
    });
    const { run_id } = (await quiet.call("run_start", START)) as unknown as Started;
    await quiet.drive(run_id);
    const [open] = await quiet.app.store.approvals.list({ runId: run_id });
    const ask = (key: string) =>
      quiet.call(
        "approval_request_decision",
        { approval_id: open?.approvalId },
        { actor: MODEL, key },
      );
    expect(await ask("k1")).toMatchObject({ asked_on: ["terminal"] });
    await quiet.app.store.messages.put({
      target: "slack",
      effectKey: `channel/${run_id}`,
      externalRef: "C9/1.0",
      revision: 0,
      hash: "",
      at: 0,
    });
    expect(await ask("k2")).toMatchObject({ asked_on: ["slack"] });
    await quiet.close();
  }, 120_000);

  test("gets more time from the owner alone", async () => {
    const { approval, run_id } = await awaiting("extended");
    const until = new Date(t.app.deps.clock.nowMs() + 30 * 86_400_000).toISOString();
    await expect(
      t.call("approval_extend", { approval, until }, { actor: ANN }),
    ).rejects.toMatchObject({ code: "OWNER_ONLY" });
    expect(await t.call("approval_extend", { approval, until })).toMatchObject({
      expires_at: until,
    });
    expect((await approvalOf(run_id, approval))?.deadlineMs).toBe(Date.parse(until));
  }, 120_000);

  test("a click of somebody who may not decide changes nothing and stands in the audit log", async () => {
    const { approval } = await awaiting("clicked");
    await expect(
      t.call("approval_vote", { approval, decision: "approve" }, { actor: RUNE }),
    ).rejects.toMatchObject({ code: "NOT_AN_APPROVER" });
    const { lines } = (await t.call("audit_search", {
      action: "Refused.approval_vote",
      person: "run",
    })) as unknown as { lines: { subject: string }[] };
    expect(lines.map((line) => line.subject)).toContain(approval);
  }, 120_000);
});

describe("a budget", () => {
  test("is raised to the amount that the vote signed, in the unit that ran out", async () => {
    const { run, run_id } = await start("budget");
    const state = () => t.app.store.runs.state(run_id);
    const attemptId = t.app.deps.newId();
    const dispatch = (body: Parameters<typeof t.app.runtime.dispatch>[0]["body"]) =>
      t.app.runtime.dispatch({ key: t.app.deps.newId(), runId: run_id, actor: WORKER, body });
    const leaseUntilMs = t.app.deps.clock.nowMs() + 60_000;
    await dispatch({
      type: "ClaimAttempt",
      stepKey: "data-engineer",
      attemptId,
      worker: "w1",
      leaseUntilMs,
    });
    const approvalId = t.app.deps.newId();
    await dispatch({
      type: "ExhaustBudget",
      attemptId,
      fence: 1,
      approvalId,
      scope: "run.usd",
      need: 3_000_000,
      have: 500_000,
    });
    expect((await state()).pauses).toEqual(["budget"]);
    const { approvals } = (await t.call("approvals_list", { run_id })) as unknown as {
      approvals: { ask: object }[];
    };
    expect(approvals[0]?.ask).toEqual({ scope: "run.usd", unit: "usd", need: 3, have: 0.5 });
    const vote = (more: object, actor = ANN) =>
      t.call("approval_vote", { approval: run, decision: "approve", ...more }, { actor });
    await expect(vote({})).rejects.toMatchObject({
      code: "INVALID_INPUT",
      next: "approval_vote with raise_to_usd",
    });
    await expect(vote({ raise_to_tokens: 5 })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(vote({ raise_to_usd: 5 })).rejects.toMatchObject({ code: "STALE_CONTENT" });
    await expect(vote({ raise_to_usd: 20 }, RUNE)).rejects.toMatchObject({
      code: "NOT_AN_APPROVER",
    });
    expect(await vote({ raise_to_usd: 20 })).toMatchObject({ outcome: "approved" });
    expect((await state()).budget.run.microUsd).toBe(20_000_000);
    expect((await state()).status).toBe("running");
  }, 60_000);
});

test("a quorum that nobody can reach is said at the start, and nothing is kept", async () => {
  const lonely = await createTestApp({
    workspace:
      "people: [{id: tess, name: Tess, os: [tess]}, {id: bo, name: Bo}]\npolicy: {owner: tess, default: {people: [bo], quorum: 2}}\n",
  });
  await expect(lonely.call("run_start", START)).rejects.toMatchObject({
    code: "UNREACHABLE_QUORUM",
    message: expect.stringContaining("phase.1"),
  });
  expect((await lonely.app.store.runs.search({})).items).toEqual([]);
  await lonely.close();
}, 60_000);

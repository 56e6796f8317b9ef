import { afterAll, beforeAll, expect, test } from "vitest";
import type { Actor, CommandBody } from "../../../src/engine/command.ts";
import { createUser } from "../../support/fake-slack/user.ts";
import { SLACK_WORKSPACE, type SlackApp, startSlackApp, until } from "../../support/slack-app.ts";
import { send } from "../../support/slack-world.ts";
import { START } from "../../support/test-app.ts";

let app: SlackApp;
beforeAll(async () => {
  app = await startSlackApp(SLACK_WORKSPACE, () => {}, false);
}, 60_000);
afterAll(async () => {
  app.slack.expectNoViolations();
  await app.close();
}, 30_000);

const WORKER: Actor = { person: null, via: "worker", ref: "w", model: false };

/** A worker's attempt that ran out of money: 2 USD were needed, half a dollar was left. */
const runOut = async (runId: string): Promise<void> => {
  const { deps, runtime } = app.t.app;
  const attemptId = deps.newId();
  const tell = async (body: CommandBody) => {
    const done = await runtime.dispatch({ key: deps.newId(), runId, actor: WORKER, body });
    if (!done.ok) throw new Error(done.rejection.message);
  };
  const leaseUntilMs = deps.clock.nowMs() + 60_000;
  await tell({
    type: "ClaimAttempt",
    stepKey: "data-engineer",
    attemptId,
    worker: "w",
    leaseUntilMs,
  });
  const state = await app.t.app.store.runs.state(runId);
  const fence = state.attempts[attemptId]?.fence ?? 0;
  const approvalId = deps.newId();
  await tell({
    type: "ExhaustBudget",
    attemptId,
    fence,
    approvalId,
    scope: "run.usd",
    need: 2_000_000,
    have: 500_000,
  });
};

test("a run out of money asks in its thread, an amount is signed in the Raise form, and the run goes on", async () => {
  const { run, run_id } = (await app.t.call("run_start", START)) as unknown as {
    run: string;
    run_id: string;
  };
  await runOut(run_id);
  const bob = createUser(app.slack, "U2");
  await bob.sees("Raise budget…");
  await bob.click("Raise budget…");
  await until("the form", () => bob.view() ?? undefined);
  expect(bob.text()).toMatch(/It needs \$2\.00 and has \$0\.50 left/);
  await bob.fill("Raise to, in USD", "25");
  await bob.fill("Why?", "the deadline is near");
  await send(bob);
  const message = await until("the decision", () =>
    app.slack.workspace.messages.find(({ blocks }) =>
      /Bob: approve.*to \$25\.00.*the deadline is near/.test(JSON.stringify(blocks)),
    ),
  );
  const shown = JSON.stringify(message.blocks);
  expect(shown).toMatch(/log head [0-9a-f]{64}/);
  expect(shown).not.toContain("budget_raise");
  await until("the run goes on", () =>
    app.slack.workspace.messages.find(({ text }) => text.startsWith(`Run ${run} is running`)),
  );
  const { budget } = await app.t.app.store.runs.state(run_id);
  expect(budget.run.microUsd).toBe(25_000_000);
}, 120_000);

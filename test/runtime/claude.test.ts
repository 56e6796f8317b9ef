import { afterEach, expect, test } from "vitest";
import { type ClaudeApp, createClaudeApp } from "../support/claude-app.ts";
import { brisk, reply, says } from "../support/fake-anthropic/scripts.ts";
import type { Script } from "../support/fake-anthropic/wire.ts";

const TIME = 240_000;
const held: { app: ClaudeApp | null } = { app: null };
afterEach(async () => {
  await held.app?.close();
  held.app = null;
});
const open = async (...of: Parameters<typeof createClaudeApp>): Promise<ClaudeApp> => {
  held.app = await createClaudeApp(...of);
  return held.app;
};
const as = <T>(value: unknown): T => value as T;

test(
  "without the owner's consent nothing is sent and the draft is submitted",
  async () => {
    const t = await open(brisk, { consent: false });
    const runId = await t.start();
    expect((await t.drive(runId)).kind).toBe("handoff");
    expect(t.fake.requests).toHaveLength(0);
    const doctor = as<{ findings: { what: string; ok: boolean; said: string }[] }>(
      await t.call("doctor", {}),
    );
    expect(doctor.findings.find(({ what }) => what === "claude data")).toMatchObject({ ok: false });
    expect(JSON.stringify(doctor)).not.toContain(t.fake.key);
  },
  TIME,
);

test(
  "a handoff that Claude worked on says so, its cost adds up by specialist and turn, and it replays",
  async () => {
    const t = await open(brisk);
    const runId = await t.start();
    const end = await t.drive(runId);
    if (end.kind !== "handoff") throw new Error(end.kind);
    const handoff = as<{
      cost_usd: number;
      steps: { written_by: string; claude: { turns: number; cells_sent: number } }[];
    }>(await t.call("handoff_get", { approval: end.approvalId }));
    expect(handoff.steps.map(({ written_by }) => written_by)).toEqual(["claude", "claude"]);
    expect(handoff.steps[0]?.claude).toMatchObject({ turns: 2 });
    expect(handoff.steps[0]?.claude.cells_sent).toBeGreaterThan(0);
    const usage = as<{
      cost_usd: number;
      by_specialist: { of: string; cost_usd: number }[];
      by_turn: { of: string; cost_usd: number }[];
    }>(await t.call("usage_get", { run_id: runId, turns: true }));
    const sum = (lines: { cost_usd: number }[]) =>
      lines.reduce((all, { cost_usd }) => all + cost_usd, 0);
    expect(usage.cost_usd).toBeGreaterThan(0);
    expect(sum(usage.by_specialist)).toBeCloseTo(usage.cost_usd, 9);
    expect(sum(usage.by_turn)).toBeCloseTo(usage.cost_usd, 9);
    expect(usage.by_turn.map(({ of }) => of)).toContain("data-engineer 2");
    const before = t.fake.requests.length;
    const replayed = as<{ same: boolean; conversations: { turns: number }[] }>(
      await t.call("run_replay", { run_id: runId }),
    );
    expect(replayed).toMatchObject({ same: true, conversations: [{ turns: 2 }, { turns: 2 }] });
    expect(t.fake.requests).toHaveLength(before);
  },
  TIME,
);

test(
  "a refusal asks a person, who takes the checked draft, and the handoff says so",
  async () => {
    const refuses: Script = () => ({
      kind: "reply",
      content: [says("no")],
      stop: "refusal",
      refusal: "frontier_llm",
    });
    const t = await open(refuses);
    const runId = await t.start();
    await t.drive(runId);
    const state = await t.app.store.runs.state(runId);
    expect(state.steps["data-engineer"]).toMatchObject({
      status: "blocked",
      blockedOn: { on: "person", code: "REFUSED" },
    });
    await t.call("step_unblock", {
      run_id: runId,
      step_id: "data-engineer",
      how: "use_draft",
      note: "good enough",
    });
    await t.drive(runId);
    const after = await t.app.store.runs.state(runId);
    expect(after.steps["data-engineer"]?.status).toBe("submitted");
  },
  TIME,
);

test(
  "a key that is refused pauses the run once and names the code",
  async () => {
    const t = await open(() => ({ kind: "error", status: 401, type: "authentication_error" }));
    const runId = await t.start();
    await t.drive(runId);
    const state = await t.app.store.runs.state(runId);
    expect(state).toMatchObject({ status: "paused", blockedBy: "KEY_REFUSED" });
  },
  TIME,
);

test(
  "a budget that is too small pauses the run and asks to be raised; raised, the run goes on",
  async () => {
    const t = await open(brisk, { workspace: "budget: {run: {usd: 0.001}}" });
    const runId = await t.start();
    await t.drive(runId);
    const state = await t.app.store.runs.state(runId);
    expect(state.pauses).toEqual(["budget"]);
    const asked = Object.values(state.approvals).find(({ kind }) => kind === "budget");
    expect(asked?.ask).toMatchObject({ kind: "budget", scope: "run.usd" });
    expect(t.fake.requests).toHaveLength(0);
    await t.call("approval_vote", {
      approval: asked?.approvalId,
      decision: "approve",
      raise_to_usd: 5,
    });
    expect((await t.drive(runId)).kind).toBe("handoff");
    expect(await t.app.store.ledger.get(`run/${runId}/usd`)).toMatchObject({
      cap: 5_000_000,
      held: 0,
    });
  },
  TIME,
);

test(
  "a cancelled run closes its stream within two seconds and settles what was used",
  async () => {
    const slow: Script = () =>
      ({
        ...reply(says("a"), says("b"), says("c")),
        slowMs: 700,
        pings: true,
      }) as ReturnType<Script>;
    const t = await open(slow);
    const runId = await t.start();
    const driving = t.drive(runId);
    while (t.fake.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await t.call("run_control", { run_id: runId, action: "cancel", reason: "a test" });
    const cancelled = performance.now();
    while (t.fake.aborted() === 0 && performance.now() - cancelled < 20_000)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(t.fake.aborted()).toBeGreaterThan(0);
    process.stderr.write(`closed after ${Math.round(performance.now() - cancelled)} ms\n`);
    await driving;
    const calls = await t.app.store.ledger.calls({ runId });
    expect(calls.every(({ outcome }) => outcome === "aborted")).toBe(true);
    expect(await t.app.store.ledger.held()).toEqual([]);
  },
  TIME,
);

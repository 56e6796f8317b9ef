// One whole run in a process that may be killed: node child DIR. Started again in the same folder it goes on where it was.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { type Deliver, deliverDue } from "../../src/runtime/deliver.ts";
import { SLACK_TARGET } from "../../src/runtime/outbox.ts";
import { giveConsent } from "../support/claude-app.ts";
import { brisk } from "../support/fake-anthropic/scripts.ts";
import { startFakeAnthropic } from "../support/fake-anthropic/server.ts";
import { createTestApp } from "../support/test-app.ts";

const dir = process.argv[2] ?? "";
const killAt = process.env.MLPIPELINE_KILL_AT;
const restarted = existsSync(`${dir}/home/mlpipeline.db`);
// With "claude" every specialist refines its draft, against a server in this process: it dies and comes back with it.
const fake = process.argv[3] === "claude" ? await startFakeAnthropic(brisk) : null;
const t = await createTestApp({
  dir,
  environment: {
    ...(fake === null ? {} : { ANTHROPIC_API_KEY: fake.key, ANTHROPIC_BASE_URL: fake.url }),
    // With a bot configured, what is to be shown goes through the outbox; nobody talks to Slack here.
    SLACK_BOT_TOKEN: "xoxb-kill",
    SLACK_APP_TOKEN: "xapp-kill",
    ...(killAt === undefined ? {} : { MLPIPELINE_KILL_AT: killAt }),
  },
});

if (fake !== null) await giveConsent(t);
const SHOWN = `${dir}/shown.log`;

/** A target that keeps what it was given, across deaths of this process, and edits what it was given before. */
const record: Deliver = async ({ effectKey, externalRef, kind }) => {
  appendFileSync(SHOWN, `${kind} ${effectKey}\n`);
  return { externalRef: externalRef ?? `shown/${effectKey}` };
};

const LEASE_MS = 31_000;
const drain = async () => {
  // After a death, as if the leases of what it was delivering had run out.
  const laterMs = restarted ? LEASE_MS : 0;
  const clock = { ...t.app.deps.clock, nowMs: () => t.app.deps.clock.nowMs() + laterMs };
  while ((await deliverDue({ ...t.app.deps, clock }, SLACK_TARGET, record)) > 0);
};

/** How many different things of each kind were shown at least once. */
const shownByKind = (): Record<string, number> => {
  const lines = existsSync(SHOWN) ? readFileSync(SHOWN, "utf8").trim().split("\n") : [];
  const counts: Record<string, number> = {};
  for (const line of [...new Set(lines)].sort()) {
    const [kind = ""] = line.split(" ");
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
};

const role = t.app.takeRole("child");
const started = (await t.call(
  "run_start",
  {
    pipeline: "killed",
    goal: "predict the outcome",
    dataset: `${dir}/data.csv`,
    target: "outcome",
  },
  { key: "the-run" },
)) as unknown as { run_id: string };
for (;;) {
  const end = await t.drive(started.run_id);
  await drain();
  if (end.kind !== "handoff") break;
  // After a crash the vote may stand already: then there is nothing to decide any more.
  await t.approve(end.approvalId).catch((error: { code?: string }) => {
    if (error.code !== "CLOSED" && error.code !== "NOT_READY") throw error;
  });
}
await drain();
const state = await t.app.store.runs.state(started.run_id);
const [verdict] = await t.app.store.verify(started.run_id);
const damaged = await t.app.damagedBlob(verdict?.blobs ?? []);
if (role.held) {
  t.app.deps.kill("shutdown.releasing");
  role.release();
}
process.stdout.write(
  `${JSON.stringify({
    status: state.status,
    runs: (await t.app.store.runs.search({})).items.length,
    phases: Object.values(state.phases).map((phase) => [
      phase.phase,
      phase.status,
      phase.manifestHash,
    ]),
    steps: Object.values(state.steps).map((step) => [
      step.step.key,
      step.status,
      step.acceptedHash,
    ]),
    approvals: Object.values(state.approvals)
      .map((approval) => [approval.phase, approval.status])
      .sort(),
    recorded: Object.keys(state.repo).sort(),
    fault: verdict?.fault ?? damaged,
    held: (await t.app.store.ledger.held()).length,
    refused: fake?.refused ?? [],
    shown: shownByKind(),
    waiting: (await t.app.store.outbox.list({ state: "pending", target: SLACK_TARGET })).length,
  })}\n`,
);
await t.close();
await fake?.close();

// One whole run in a process that may be killed: node child DIR. Started again in the same folder it goes on where it was.
import { createTestApp } from "../support/test-app.ts";

const dir = process.argv[2] ?? "";
const killAt = process.env.MLPIPELINE_KILL_AT;
const t = await createTestApp({
  dir,
  environment: killAt === undefined ? {} : { MLPIPELINE_KILL_AT: killAt },
});
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
  if (end.kind !== "handoff") break;
  // After a crash the vote may stand already: then there is nothing to decide any more.
  await t.approve(end.approvalId).catch((error: { code?: string }) => {
    if (error.code !== "CLOSED" && error.code !== "NOT_READY") throw error;
  });
}
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
  })}\n`,
);
await t.close();

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { METRICS_TYPE, type OperatingFigures, renderMetrics } from "../../src/runtime/metrics.ts";
import { createMetricsHandler } from "../../src/runtime/metrics-handler.ts";
import { readFigures } from "../../src/runtime/metrics-reader.ts";
import { createTestApp, START } from "../support/test-app.ts";

const NONE: OperatingFigures = {
  version: "1.2.3",
  runs: { running: 1, paused: 0, completed: 2, failed: 0, cancelled: 0 },
  openApprovals: 1,
  overdueApprovals: 0,
  outbox: [{ target: "slack", waiting: 3, dead: 1, lagSeconds: 12.5 }],
  attemptsLive: 1,
  workerBeatSeconds: 0.4,
  spentMicroUsd: 1_250_000,
};

test("figures are told in Prometheus' text format", () => {
  expect(renderMetrics(NONE)).toMatchInlineSnapshot(`
    "# HELP mlpipeline_build_info Always 1; the version stands in the label.
    # TYPE mlpipeline_build_info gauge
    mlpipeline_build_info{version="1.2.3"} 1
    # HELP mlpipeline_runs Runs by state.
    # TYPE mlpipeline_runs gauge
    mlpipeline_runs{state="running"} 1
    mlpipeline_runs{state="paused"} 0
    mlpipeline_runs{state="completed"} 2
    mlpipeline_runs{state="failed"} 0
    mlpipeline_runs{state="cancelled"} 0
    # HELP mlpipeline_approvals_open Approvals that wait for people.
    # TYPE mlpipeline_approvals_open gauge
    mlpipeline_approvals_open 1
    # HELP mlpipeline_approvals_overdue Approvals whose deadline has passed.
    # TYPE mlpipeline_approvals_overdue gauge
    mlpipeline_approvals_overdue 0
    # HELP mlpipeline_outbox_waiting Rows that wait to be shown or pushed, by target.
    # TYPE mlpipeline_outbox_waiting gauge
    mlpipeline_outbox_waiting{target="slack"} 3
    # HELP mlpipeline_outbox_lag_seconds How long the oldest row that is due has waited, by target.
    # TYPE mlpipeline_outbox_lag_seconds gauge
    mlpipeline_outbox_lag_seconds{target="slack"} 12.5
    # HELP mlpipeline_outbox_dead Rows that were given up after a day, by target.
    # TYPE mlpipeline_outbox_dead gauge
    mlpipeline_outbox_dead{target="slack"} 1
    # HELP mlpipeline_attempts_live Attempts that specialists work on.
    # TYPE mlpipeline_attempts_live gauge
    mlpipeline_attempts_live 1
    # HELP mlpipeline_worker_beat_age_seconds Seconds since the worker was last heard of; absent where nobody ever worked.
    # TYPE mlpipeline_worker_beat_age_seconds gauge
    mlpipeline_worker_beat_age_seconds 0.4
    # HELP mlpipeline_spend_usd_total What model calls of all runs came to, in USD.
    # TYPE mlpipeline_spend_usd_total counter
    mlpipeline_spend_usd_total 1.25
    "
  `);
});

test("no label breaks a line", () => {
  fc.assert(
    fc.property(fc.string(), (target) => {
      const text = renderMetrics({
        ...NONE,
        outbox: [{ target, waiting: 1, dead: 0, lagSeconds: 0 }],
      });
      const lines = text.trimEnd().split("\n");
      expect(
        lines.every((line) =>
          /^(# (HELP|TYPE) |mlpipeline_[a-z_]+(\{.*\})? [\d.e+-]+$)/s.test(line),
        ),
      ).toBe(true);
    }),
  );
});

test("the figures of a home follow its runs, approvals and outbox, and the handler answers them", async () => {
  const t = await createTestApp();
  const { run_id } = (await t.call("run_start", START)) as unknown as { run_id: string };
  await t.drive(run_id);
  const figures = await readFigures(t.app.deps, t.app.deps.clock.nowMs());
  expect(figures).toMatchObject({
    runs: { running: 1, paused: 0, completed: 0 },
    openApprovals: 1,
    attemptsLive: 0,
    workerBeatSeconds: null,
    spentMicroUsd: 0,
  });
  expect(await readFigures(t.app.deps, t.app.deps.clock.nowMs() + 90_000_000)).toMatchObject({
    overdueApprovals: 1,
  });
  const end = await t.drive(run_id);
  if (end.kind === "handoff") await t.approve(end.approvalId);
  await t.drive(run_id);
  const { outbox } = await readFigures(t.app.deps, t.app.deps.clock.nowMs());
  expect(outbox).toEqual([{ target: "git", waiting: 0, dead: 0, lagSeconds: 0 }]);

  const handle = createMetricsHandler(t.app.deps);
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  const answer = await fetch(address);
  expect(answer.headers.get("content-type")).toBe(METRICS_TYPE);
  const text = await answer.text();
  expect(text).toContain('mlpipeline_runs{state="running"} 1');
  expect(text).not.toContain("birdstrikes");
  expect((await fetch(address, { method: "POST" })).status).toBe(405);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await t.close();
}, 120_000);

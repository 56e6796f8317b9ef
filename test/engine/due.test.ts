import { expect, test } from "vitest";
import { due } from "../../src/engine/due.ts";
import {
  awaiting,
  completedRun,
  HOUR,
  harness,
  manifestOf,
  person,
  playbook,
  RUN_ID,
  startBody,
  startedRun,
} from "../support/engine-builders.ts";

const keys = (run: ReturnType<typeof startedRun>, max?: number) =>
  run.due(max).map((work) => work.key);

test("a ready step is due to be claimed under a key that names generation and attempt", () => {
  expect(keys(startedRun())).toEqual([`step/${RUN_ID}/data-engineer/1/1`]);
});

test("no more attempts are due than may live at one time", () => {
  const run = harness();
  const free = playbook().map((step) => ({ ...step, phase: 1 as const, needs: [] }));
  run.ok({ ...startBody(), playbook: free }, person("starter"));
  expect(run.due(3)).toHaveLength(3);
  run.claim("data-engineer");
  run.claim("python-pro");
  expect(run.due(3).map((work) => work.type === "claim" && work.step)).toEqual(["data-scientist"]);
});

test("submitted work is due to be checked, once per attempt and manifest", () => {
  const run = startedRun();
  const attempt = run.claim("data-engineer");
  run.submit("data-engineer");
  expect(keys(run)).toEqual([`check/${attempt}/${manifestOf("data-engineer", 0)}`]);
});

test("a lost lease is due to expire; a heartbeat keeps it", () => {
  const run = startedRun();
  const attempt = run.claim("data-engineer");
  expect(run.due()).toEqual([]);
  run.sleep(30_001);
  expect(keys(run)).toEqual([`expire/${attempt}/1`]);
  expect(
    due(run.state(), run.now(), { maxParallelSteps: 2, leases: { [attempt]: run.now() } }),
  ).toEqual([]);
});

test("a waiting handoff is observed, reminded of and expires", () => {
  const run = awaiting(1);
  const approval = run.approval(1);
  const observe = `observe/1/${run.state().phases[1].manifestHash}`;
  expect(keys(run)).toEqual([observe]);
  run.sleep(4 * HOUR);
  expect(keys(run)).toEqual([`tick/${approval}/0/remind-1`, observe]);
  run.sleep(20 * HOUR);
  expect(keys(run)).toEqual([`tick/${approval}/0/expire-${run.now()}`, observe]);
});

test("accepted steps are recorded one after another, then their phase", () => {
  const run = awaiting(1);
  run.vote(1);
  const of = () => run.due().flatMap((work) => (work.type === "repo" ? [work] : []));
  const seen: string[] = [];
  for (let work = of()[0]; work; work = of()[0]) {
    expect(of()).toHaveLength(1);
    seen.push(work.of);
    run.ok({ type: "RecordRepo", of: work.of, manifestHash: work.manifestHash, oid: "x" });
  }
  expect(seen).toEqual(["data-engineer", "data-scientist", "phase.1"]);
});

test("nothing of a run that is over is due but to record what was approved", () => {
  const run = completedRun();
  expect(run.due().map((work) => work.type)).toEqual(["repo"]);
  expect(due(harness().state(), 0, { maxParallelSteps: 1 })).toEqual([]);
});

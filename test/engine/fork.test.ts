import { describe, expect, test } from "vitest";
import type { BodyOf } from "../../src/engine/command.ts";
import {
  completedRun,
  type Harness,
  harness,
  hashes,
  id,
  manifestOf,
  person,
  startBody,
  types,
} from "../support/engine-builders.ts";

const HASH = "a".repeat(64);
const COUNTS = { block: 0, warn: 0, info: 0, later: 0, skipped: 0 };

/** What a fork of `parent` takes over: the accepted steps of the phases before `from`. */
const inheritOf = (parent: Harness, from: number): NonNullable<BodyOf<"StartRun">["inherit"]> =>
  parent
    .state()
    .order.flatMap((key) => parent.state().steps[key] ?? [])
    .filter(({ step }) => step.phase < from)
    .map(({ acceptedHash, baseHash, levels, step }, at) => ({
      step: step.key,
      attemptId: id(500_000 + at),
      base: baseHash ?? "",
      manifestHash: acceptedHash ?? "",
      files: 1,
      bytes: 7,
      summaryHash: HASH,
      findingsHash: HASH,
      counts: COUNTS,
      levels,
    }));

const forkOf = (
  parent: Harness,
  from: number,
  change: Partial<BodyOf<"StartRun">> = {},
): BodyOf<"StartRun"> => ({
  ...startBody(),
  fork: { runId: id(77), seq: parent.state().seq },
  inherit: inheritOf(parent, from),
  ...change,
});

const forked = (parent: Harness): Harness => harness({ parent: parent.state() });
const STARTER = person("starter");

describe("a fork", () => {
  test.each([1, 2, 3, 4] as const)(
    "from phase %i keeps what was accepted before it, under the parent's approvals, and works on from there",
    (from) => {
      const parent = completedRun();
      const before = JSON.stringify(parent.state());
      const run = forked(parent);
      run.ok(forkOf(parent, from), STARTER);
      const state = run.state();
      for (const phase of [1, 2, 3, 4] as const) {
        const { approvalId, manifestHash, status } = state.phases[phase];
        if (phase < from) {
          expect({ approvalId, manifestHash, status }).toEqual({
            approvalId: parent.state().phases[phase].approvalId,
            manifestHash: parent.state().phases[phase].manifestHash,
            status: "done",
          });
        } else expect(status).toBe(phase === from ? "active" : "pending");
      }
      const works = run.due().filter((work) => work.type === "claim");
      expect(works.length).toBeGreaterThan(0);
      for (const work of works) expect(state.steps[work.step]?.step.phase).toBe(from);
      expect(state.fork).toEqual({ runId: id(77), seq: parent.state().seq });
      expect(state.spent).toEqual({ microUsd: 0, tokens: 0 });
      expect(Object.keys(state.approvals)).toEqual([]);
      expect(JSON.stringify(parent.state())).toBe(before);
    },
  );

  test("completes like any other run, asking people about the phases that were done again", () => {
    const parent = completedRun();
    const run = forked(parent);
    run.ok(forkOf(parent, 4), STARTER);
    run.work("observability-engineer");
    run.vote(4);
    expect(run.state().status).toBe("completed");
    expect(Object.keys(run.state().approvals)).toHaveLength(1);
  });

  test("a changed spec reaches what was inherited", () => {
    const parent = completedRun();
    const run = forked(parent);
    run.ok(forkOf(parent, 4), STARTER);
    run.use({ inputHashes: hashes("another") });
    const events = run.ok(
      { type: "ChangeSpec", specHash: "b".repeat(64), patchHash: HASH, commentIds: [] },
      person("owner"),
    );
    expect(types(events)).toContain("StepStaled");
    expect(run.state().phases[1].status).not.toBe("done");
  });

  test.each([
    ["a run that is not there", (p: Harness) => forkOf(p, 2), null, "UNKNOWN"],
    ["a run that goes on", (p: Harness) => forkOf(p, 2), "running", "NOT_READY"],
    [
      "half a phase",
      (p: Harness) => forkOf(p, 2, { inherit: inheritOf(p, 2).slice(0, 1) }),
      "completed",
      "NOT_READY",
    ],
    [
      "a later phase without the earlier",
      (p: Harness) => forkOf(p, 3, { inherit: inheritOf(p, 3).slice(2) }),
      "completed",
      "NOT_READY",
    ],
    [
      "everything, so that nothing would be done",
      (p: Harness) => forkOf(p, 5),
      "completed",
      "NOT_READY",
    ],
    [
      "other bytes than were accepted",
      (p: Harness) =>
        forkOf(p, 2, {
          inherit: inheritOf(p, 2).map((one) => ({
            ...one,
            manifestHash: manifestOf(one.step, 4),
          })),
        }),
      "completed",
      "STALE_CONTENT",
    ],
  ] as const)("is refused for %s", (_what, body, status, code) => {
    const parent = completedRun();
    const run = harness({
      parent: status === null ? null : { ...parent.state(), status },
    });
    expect(run.code(body(parent), STARTER)).toBe(code);
  });
});

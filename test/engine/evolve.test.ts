import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/engine/event.ts";
import { emptyRun, evolve } from "../../src/engine/evolve.ts";
import { ownsPath, routeComment } from "../../src/engine/routing.ts";
import { EVENT_VERSIONS } from "../../src/engine/upcast.ts";
import { BugError } from "../../src/lib/errors.ts";
import {
  comment,
  completedRun,
  playbook,
  RUN_ID,
  startedRun,
  WORKER,
} from "../support/engine-builders.ts";

const meta = { at: 1, seq: 1, actor: WORKER };

describe("folding", () => {
  test("an event of an unknown type or version is our own defect, never skipped", () => {
    const code = (event: RunEvent, v?: number) => {
      try {
        evolve(emptyRun(RUN_ID), event, v === undefined ? meta : { ...meta, v });
      } catch (error) {
        return error instanceof BugError ? error.code : error;
      }
      return "folded";
    };
    expect(code({ type: "Nonsense" } as never)).toBe("EVENT_UNKNOWN");
    expect(code({ type: "toString" } as never)).toBe("EVENT_UNKNOWN");
    expect(code({ type: "RunCompleted" }, 2)).toBe("EVENT_VERSION_UNKNOWN");
    expect(code({ type: "RunCompleted" }, EVENT_VERSIONS.RunCompleted)).toBe("folded");
  });

  test("the log folded again gives the same state, and changes no state that was folded before", () => {
    const run = completedRun();
    const fold = () =>
      run.log().reduce((state, event) => {
        Object.freeze(state);
        return evolve(state, event, { at: run.now(), seq: state.seq + 1, actor: WORKER });
      }, emptyRun(RUN_ID));
    expect(fold()).toEqual(fold());
    expect(fold().steps).toEqual(run.state().steps);
    expect(fold().seq).toBe(run.log().length);
  });
});

describe("who owns a file", () => {
  const step = (...files: string[]) => ({
    ...(playbook()[0] ?? { key: "x", phase: 1 as const, needs: [], deliverables: [] }),
    files,
  });
  test.each([
    ["src/*/ingest.py", "src/birds/ingest.py", true],
    ["src/*/ingest.py", "src/a/b/ingest.py", false],
    ["src/*/ingest.py", "src/birds/ingestXpy", false],
    ["expectations/**", "expectations/a/b.json", true],
    ["expectations/**", "expectations", false],
    ["conf/data.yaml", "conf/data.yaml", true],
    ["conf/data.yaml", "xconf/data.yaml", false],
    ["a(b)+c", "a(b)+c", true],
  ])("%s and %s: %s", (pattern, path, owned) => {
    expect(ownsPath(step(pattern), path)).toBe(owned);
  });

  test("every comment of a phase goes to a step that is there", () => {
    const run = startedRun();
    fc.assert(
      fc.property(
        fc.option(fc.string({ minLength: 1 })),
        fc.constantFrom(1, 2, 3, 4),
        (file, phase) => {
          const to = routeComment(run.state(), comment(1, { file }), phase);
          expect(run.state().order).toContain(to);
        },
      ),
    );
  });
});

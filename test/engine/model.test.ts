import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { play } from "../support/engine-model.ts";

const words = fc.array(
  fc.record({ move: fc.nat(999), pick: fc.nat(999), version: fc.nat(3), flag: fc.boolean() }),
  // Without `size` games would stay near the minimum, and most of what can go wrong needs a long one.
  { minLength: 20, maxLength: 220, size: "max" },
);

const rules = fc.record({
  slack: fc.boolean(),
  quorum: fc.constantFrom(1, 1, 2),
  depth: fc.nat(16),
});

describe("any order of commands, crashes, clock jumps and repeats", () => {
  test("keeps every rule of the engine after each command, and progress afterwards", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(words, rules, (moves, game) => {
        for (const type of play(moves, game).log) seen.add(type);
      }),
      { numRuns: 200 },
    );
    // The rules above would hold of runs in which nothing happens: what matters must have been reached.
    for (const type of [
      "RunCompleted",
      "RunCancelled",
      "PhaseStaled",
      "StepStaled",
      "StepRepairing",
      "StepBlocked",
      "AttemptFenced",
      "AttemptCancelled",
      "ApprovalVoided",
      "ApprovalChangesRequested",
      "ApprovalRejected",
      "ApprovalExpired",
      "ApprovalEscalated",
      "BudgetRaised",
      "LevelWaived",
      "SpecChanged",
    ]) {
      expect(seen).toContain(type);
    }
  });
});

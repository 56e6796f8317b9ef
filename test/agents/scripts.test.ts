import { expect, test } from "vitest";
import { lazy, looping, overBudget } from "../support/fake-anthropic/scripts.ts";
import { converse } from "../support/refine-harness.ts";

const TIME = 30_000;

test(
  "a lazy specialist hands in the draft as it is, for the price of one call",
  async () => {
    await converse(lazy, {}, ({ fake, files, outcome }) => {
      expect(outcome).toMatchObject({ kind: "submitted", turns: 1 });
      expect(fake.requests).toHaveLength(1);
      expect(Buffer.from(files.get("docs/features.md") ?? []).toString()).toBe("# Features\n");
    });
  },
  TIME,
);

test(
  "a looping specialist ends with a person after five equal calls",
  async () => {
    await converse(looping, {}, ({ outcome }) => {
      expect(outcome).toMatchObject({
        kind: "ended",
        end: { kind: "person", code: "NO_PROGRESS" },
      });
    });
  },
  TIME,
);

test(
  "a specialist that uses all it is given ends at the brief's tokens",
  async () => {
    await converse(overBudget, { limits: { turns: 30, tokens: 60_000 } }, ({ fake, outcome }) => {
      expect(outcome).toMatchObject({
        kind: "ended",
        end: { kind: "person", code: "TOKEN_LIMIT" },
      });
      expect(fake.refused).toEqual([]);
    });
  },
  TIME,
);

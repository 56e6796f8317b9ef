import { expect, test } from "vitest";
import {
  call,
  excellent,
  reply,
  SUMMARY,
  thinks,
  turnOf,
} from "../support/fake-anthropic/scripts.ts";
import { startFakeAnthropic } from "../support/fake-anthropic/server.ts";
import type { Script } from "../support/fake-anthropic/wire.ts";
import { converse, nothingKept } from "../support/refine-harness.ts";

const TIME = 30_000;

const works: Script = (request) => {
  const turn = turnOf(request);
  const thought = thinks("…", `sig${turn}`);
  return turn === 2
    ? reply(thought, call(`s${turn}`, "submit", { summary: SUMMARY, resolutions: [] }))
    : reply(
        thought,
        call(`w${turn}`, "file_write", { path: "docs/features.md", content: `# Turn ${turn}\n` }),
      );
};

/** Throws at the nth pass of a point, as a process would die there. */
const dieAt = (point: string, nth: number) => {
  let left = nth;
  return (name: string) => {
    if (name !== point) return;
    left -= 1;
    if (left === 0) throw new Error(point);
  };
};

const POINTS = [
  "call.reserved",
  "call.prepared",
  "call.completed",
  "call.settled",
  "tool.before",
  "tool.after",
  "turn.recorded",
];

test.each(POINTS.flatMap((point) => [1, 2].map((nth) => [point, nth] as const)))(
  "died at %s (pass %i), a conversation goes on, and no finished turn is bought twice",
  async (point, nth) => {
    const kept = nothingKept();
    const fake = await startFakeAnthropic(works);
    try {
      const dies = converse(works, { kept, fake, kill: dieAt(point, nth) });
      await expect(dies).rejects.toThrow(point);
      // A call that was sent and whose answer was lost is the only one to be made again.
      const lost = kept.calls.filter(({ state }) => state === "prepared").length;
      await converse(works, { kept, fake, attemptId: "A2" }, ({ files, outcome }) => {
        expect(outcome).toMatchObject({ kind: "submitted", turns: 3 });
        expect(Buffer.from(files.get("docs/features.md") ?? []).toString()).toBe("# Turn 1\n");
      });
      expect(fake.refused).toEqual([]);
      expect(fake.bill.filter(({ whole }) => whole).length).toBeLessThanOrEqual(3 + lost);
      expect(kept.calls.filter(({ state }) => state === "completed")).toHaveLength(3);
    } finally {
      await fake.close();
    }
  },
  TIME,
);

test(
  "handed in but not yet told: the same submission is handed in again and nothing is sent",
  async () => {
    const kept = nothingKept();
    await converse(works, { kept });
    await converse(works, { kept, attemptId: "A2" }, ({ fake, files, outcome }) => {
      expect(outcome).toMatchObject({ kind: "submitted", turns: 3 });
      expect(fake.requests).toHaveLength(0);
      expect(Buffer.from(files.get("docs/features.md") ?? []).toString()).toBe("# Turn 1\n");
    });
  },
  TIME,
);

test(
  "red checks go on in the same conversation, as the answer to the submission they judged",
  async () => {
    const kept = nothingKept();
    const twice: Script = (request) =>
      reply(call(`s${turnOf(request)}`, "submit", { summary: SUMMARY, resolutions: [] }));
    await converse(twice, { kept });
    const judgements = new Map([["A1", "docs/features.md is empty"]]);
    await converse(twice, { kept, attemptId: "A2", judgements }, ({ fake, outcome }) => {
      expect(outcome).toMatchObject({ kind: "submitted" });
      expect(fake.refused).toEqual([]);
      expect(fake.requests).toHaveLength(1);
      expect(fake.requests[0]?.messages.at(-1)?.content).toMatchObject([
        {
          type: "tool_result",
          tool_use_id: "s0",
          is_error: true,
          content: "docs/features.md is empty",
        },
      ]);
    });
  },
  TIME,
);

test(
  "a paused run stops at the turn",
  async () => {
    let asked = 0;
    const paused = async () => {
      asked += 1;
      return asked > 2;
    };
    await converse(excellent, { paused }, ({ fake, outcome }) => {
      expect(outcome).toEqual({ kind: "ended", end: { kind: "stopped" } });
      expect(fake.requests).toHaveLength(2);
    });
  },
  TIME,
);

import { describe, expect, test } from "vitest";
import { createFeed } from "../../src/runtime/feed.ts";

const FAR_MS = 60_000;

/** A log whose head is set by hand and a clock that stands still, so that only a wake or an abort ends a wait at once. */
const createLog = () => {
  let seq = 1;
  const feed = createFeed({ head: async () => ({ seq, hash: "h" }) }, () => 0);
  return { feed, append: () => (seq += 1) };
};

describe("feed", () => {
  test("a caller is told at once of an event that was there already", async () => {
    const { feed } = createLog();
    expect(await feed.waitFor("run", 0, FAR_MS)).toBe(true);
  });

  test("a commit of this process ends the wait without a poll", async () => {
    const { append, feed } = createLog();
    const looks: string[] = [];
    const waiting = feed.waitFor("run", 1, FAR_MS).then((moved) => looks.push(String(moved)));
    await new Promise((resolve) => setImmediate(resolve));
    append();
    feed.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(looks).toEqual(["true"]);
    await waiting;
  });

  test("a commit of another process is found by polling", async () => {
    const { append, feed } = createLog();
    const waiting = feed.waitFor("run", 1, FAR_MS);
    append();
    expect(await waiting).toBe(true);
  });

  test("a caller who goes away is let go with nothing", async () => {
    const { feed } = createLog();
    const gone = new AbortController();
    const waiting = feed.waitFor("run", 1, FAR_MS, gone.signal);
    gone.abort();
    expect(await waiting).toBe(false);
  });
});

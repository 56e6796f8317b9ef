import { expect, test } from "vitest";
import { createBreaker } from "../../src/agents/breaker.ts";
import { costOf, PRICES } from "../../src/agents/prices.ts";
import { call, reply, SUMMARY, says } from "../support/fake-anthropic/scripts.ts";
import type { BillLine } from "../support/fake-anthropic/server.ts";
import type { Script, Scripted } from "../support/fake-anthropic/wire.ts";
import { type Conversed, converse, type HarnessOptions } from "../support/refine-harness.ts";

const TIME = 30_000;
const submit = reply(call("toolu_submit", "submit", { summary: SUMMARY, resolutions: [] }));
const write = call("w", "file_write", { path: "docs/new.md", content: `# ${"ä€😀".repeat(50)}\n` });
const inTurn =
  (...answers: readonly Scripted[]): Script =>
  (_request, no) =>
    answers[Math.min(no, answers.length) - 1] ?? submit;

const costOfLine = ({ model, told: _told, whole: _whole, ...tokens }: BillLine): number =>
  costOf(PRICES, [{ model, kind: "message", usage: { ...tokens, thinking: 0 } }], Date.now()) ?? 0;
const billed = ({ fake }: Conversed): number =>
  fake.bill.reduce((sum, line) => sum + costOfLine(line), 0);

const plays = (
  answers: readonly Scripted[],
  options: HarnessOptions,
  use: (done: Conversed) => void,
) => converse(inTurn(...answers), options, use);

const error = (status: number, type: string, more: object = {}): Scripted => ({
  kind: "error",
  status,
  type,
  ...more,
});

test.each([
  ["429", error(429, "rate_limit_error", { headers: { "retry-after": "7" } }), [7_000]],
  ["429 ramp", error(429, "rate_limit_error", { code: "ramp_limit_exceeded" }), [1_000]],
  ["529", error(529, "overloaded_error"), [1_000]],
  ["500", error(500, "api_error"), [1_000]],
  ["502", error(502, "api_error"), [1_000]],
  ["504", error(504, "timeout_error"), [1_000]],
  ["408", error(408, "timeout_error"), [1_000]],
  ["409", error(409, "conflict_error"), [1_000]],
])(
  "%s is waited for and costs nothing",
  async (_name, fault, waits) => {
    await plays([fault, submit], {}, (done) => {
      expect(done.outcome.kind).toBe("submitted");
      expect(done.waits).toEqual(waits);
      expect(done.fake.requests[1]?.messages).toEqual(done.fake.requests[0]?.messages);
      expect(done.paid).toBe(billed(done));
    });
  },
  TIME,
);

test(
  "a longer retry-after than a minute gives the attempt back until then",
  async () => {
    const fault = error(429, "rate_limit_error", { headers: { "retry-after": "600" } });
    await plays([fault], {}, ({ outcome }) => {
      expect(outcome).toMatchObject({
        kind: "ended",
        end: { kind: "later", code: "RATE_LIMITED" },
      });
      if (outcome.kind === "ended" && outcome.end.kind === "later")
        expect(outcome.end.retryAtMs).toBeGreaterThan(Date.now() + 500_000);
    });
  },
  TIME,
);

test.each([
  ["401", error(401, "authentication_error"), "KEY_REFUSED"],
  ["402", error(402, "billing_error"), "PAYMENT_REQUIRED"],
  ["403", error(403, "permission_error"), "KEY_REFUSED"],
  ["404, a retired model", error(404, "not_found_error"), "MODEL_UNKNOWN"],
  [
    "a spend limit",
    error(429, "rate_limit_error", { code: "enforced_spend_limit_reached" }),
    "SPEND_LIMIT",
  ],
  [
    "a contract limit",
    error(429, "rate_limit_error", { code: "contract_spend_limit_reached" }),
    "SPEND_LIMIT",
  ],
])(
  "%s is a matter of configuration and is not tried again",
  async (_name, fault, code) => {
    await plays([fault], {}, ({ fake, outcome }) => {
      expect(outcome).toMatchObject({ kind: "ended", end: { kind: "config", code } });
      expect(fake.requests).toHaveLength(1);
    });
  },
  TIME,
);

test(
  "a refused request is a defect of ours with its id, a too large one is summarised once",
  async () => {
    await plays([error(400, "invalid_request_error")], {}, ({ outcome }) => {
      expect(outcome).toMatchObject({
        end: { kind: "bug", code: "BAD_REQUEST", message: expect.stringContaining("req_1") },
      });
    });
    await plays([error(413, "invalid_request_error")], {}, ({ fake, outcome }) => {
      expect(outcome).toMatchObject({ end: { kind: "person", code: "TOO_LARGE" } });
      expect(fake.requests.map(({ compaction }) => Boolean(compaction))).toEqual([false, true]);
    });
  },
  TIME,
);

const cut = (how: "end" | "destroy" | "error_event" | "silence", counted: boolean): Scripted => ({
  kind: "reply",
  content: [says("Looking at it."), write],
  breaks: { afterEvents: 4, how, counted },
});

test.each(["end", "destroy", "error_event", "silence"] as const)(
  "a stream that breaks by %s runs nothing, is asked again, and is paid for exactly once",
  async (how) => {
    await plays([cut(how, true), submit], { silenceMs: 300 }, (done) => {
      expect(done.outcome.kind).toBe("submitted");
      expect(done.files.has("docs/new.md")).toBe(false);
      expect(done.kept.settled.get("1.0")).toMatchObject({ outcome: "aborted" });
      expect(done.paid).toBe(billed(done));
    });
  },
  TIME,
);

test(
  "a stream that breaks before any count is paid for at what it could have come to",
  async () => {
    await plays([cut("end", false), submit], { maxTokens: 4_000 }, (done) => {
      expect(done.outcome.kind).toBe("submitted");
      expect(done.paid).toBeGreaterThan(billed(done));
      const [first] = done.fake.bill;
      const most = first ? costOfLine({ ...first, output: 4_000 }) : 0;
      expect(done.kept.settled.get("1.0")?.microUsd).toBe(most);
    });
  },
  TIME,
);

test(
  "a connection that is reset before an answer counts as unknown",
  async () => {
    await plays([{ kind: "reset" }, submit], {}, (done) => {
      expect(done.outcome.kind).toBe("submitted");
      expect(done.kept.settled.get("1.0")).toEqual({ microUsd: null, outcome: "unknown" });
    });
  },
  TIME,
);

test(
  "three broken answers in one turn are put before a person",
  async () => {
    await plays([cut("end", true)], {}, ({ fake, outcome }) => {
      expect(outcome).toMatchObject({ end: { kind: "person", code: "STREAM_BROKEN" } });
      expect(fake.requests).toHaveLength(3);
    });
  },
  TIME,
);

test(
  "tool input that is no whole JSON, and calls with the same id, are broken answers and run nothing",
  async () => {
    const broken: Scripted = { kind: "reply", content: [write], cutJsonAt: 30 };
    const doubled = reply(write, { ...write, name: "files_list", input: {} });
    await plays([broken, doubled, submit], {}, (done) => {
      expect(done.outcome.kind).toBe("submitted");
      expect(done.files.has("docs/new.md")).toBe(false);
      expect(done.waits).toHaveLength(2);
      expect(done.paid).toBe(billed(done));
    });
  },
  TIME,
);

test(
  "bytes in pieces of three, with pings between, give the same answer",
  async () => {
    const slow: Scripted = { kind: "reply", content: [write], pieces: 3, pings: true };
    await plays([slow, submit], {}, (done) => {
      expect(done.outcome.kind).toBe("submitted");
      expect(Buffer.from(done.files.get("docs/new.md") ?? []).toString()).toBe(
        `# ${"ä€😀".repeat(50)}\n`,
      );
      expect(done.paid).toBe(billed(done));
    });
  },
  TIME,
);

test(
  "slow but living streams are not silent: pings keep them alive",
  async () => {
    const slow: Scripted = { ...submit, slowMs: 60, pings: true } as Scripted;
    await plays([slow], { silenceMs: 250 }, ({ outcome, waits }) => {
      expect(outcome.kind).toBe("submitted");
      expect(waits).toEqual([]);
    });
  },
  TIME,
);

test(
  "with iterations each entry is paid at its own model's price, and nothing twice",
  async () => {
    const entry = {
      cache_creation: { ephemeral_1h_input_tokens: 0, ephemeral_5m_input_tokens: 11 },
      cache_creation_input_tokens: 11,
      cache_read_input_tokens: 5,
      input_tokens: 1_000,
      output_tokens: 2_000,
    };
    const entries: Scripted = {
      ...(submit as Extract<Scripted, { kind: "reply" }>),
      iterations: [
        { type: "message", model: "claude-opus-5-5", ...entry },
        { type: "compaction", ...entry },
      ],
    };
    await plays([entries], {}, (done) => {
      expect(done.outcome.kind).toBe("submitted");
      expect(done.paid).toBe(billed(done));
    });
  },
  TIME,
);

test(
  "five transient faults open the breaker for every run, and nothing is sent while it is open",
  async () => {
    const breaker = createBreaker(Date.now);
    const down = error(529, "overloaded_error");
    await plays([down], { breaker }, ({ fake, outcome }) => {
      expect(outcome).toMatchObject({ end: { kind: "later", code: "CLAUDE_UNREACHABLE" } });
      expect(fake.requests).toHaveLength(5);
    });
    await plays([submit], { breaker }, ({ fake, outcome }) => {
      expect(outcome).toMatchObject({ end: { kind: "later", code: "CLAUDE_UNREACHABLE" } });
      expect(fake.requests).toHaveLength(0);
    });
  },
  TIME,
);

test(
  "a refused reservation takes less room first, and asks for more budget when there is none",
  async () => {
    await plays(
      [submit],
      { maxTokens: 16_000, refuse: (room) => room > 4_000 },
      ({ fake, outcome }) => {
        expect(outcome.kind).toBe("submitted");
        expect(fake.requests[0]?.max_tokens).toBe(4_000);
      },
    );
    await plays([submit], { refuse: () => true }, ({ fake, outcome }) => {
      expect(outcome).toMatchObject({
        end: { kind: "budget", scope: "run.usd", need: 9, have: 1 },
      });
      expect(fake.requests).toHaveLength(0);
    });
  },
  TIME,
);

test(
  "a cancelled conversation closes its stream at once and settles what was used",
  async () => {
    const stop = new AbortController();
    const slow: Scripted = {
      kind: "reply",
      content: [says("a"), says("b"), write],
      slowMs: 200,
      pings: true,
    };
    const begun = performance.now();
    setTimeout(() => stop.abort(), 500);
    await plays([slow], { signal: stop.signal }, ({ files, kept, outcome }) => {
      expect(outcome).toEqual({ kind: "ended", end: { kind: "stopped" } });
      expect(performance.now() - begun).toBeLessThan(10_000);
      expect(kept.settled.get("1.0")).toMatchObject({ outcome: "aborted" });
      expect(files.has("docs/new.md")).toBe(false);
    });
  },
  TIME,
);

import { expect, test } from "vitest";
import {
  call,
  chatty,
  reply,
  SUMMARY,
  says,
  thinks,
  turnOf,
} from "../support/fake-anthropic/scripts.ts";
import type { Script, Scripted } from "../support/fake-anthropic/wire.ts";
import { converse } from "../support/refine-harness.ts";

const TIME = 30_000;
const submit = (id = "toolu_submit") =>
  reply(call(id, "submit", { summary: SUMMARY, resolutions: [] }));
/** The nth request gets the nth answer; the last one again from then on. */
const inTurn =
  (...answers: readonly Scripted[]): Script =>
  (_request, no) =>
    answers[Math.min(no, answers.length) - 1] ?? submit();

const end = (code: string) => ({ kind: "ended", end: { code } });

test(
  "tool_use runs the calls and answers them in one message, in their order, with nothing beside them",
  async () => {
    const script = inTurn(
      reply(
        thinks("…", "sig1"),
        says("Looking."),
        call("a", "files_list", {}),
        call("b", "facts_get", { name: "nope" }),
      ),
      submit(),
    );
    await converse(script, {}, ({ fake, outcome }) => {
      expect(outcome).toMatchObject({ kind: "submitted", turns: 2 });
      expect(fake.refused).toEqual([]);
      const last = fake.requests[1]?.messages.at(-1);
      expect(last?.role).toBe("user");
      expect(last?.content).toMatchObject([
        { type: "tool_result", tool_use_id: "a" },
        { type: "tool_result", tool_use_id: "b", is_error: true },
      ]);
    });
  },
  TIME,
);

test(
  "end_turn without submit is reminded twice, then a person is asked",
  async () => {
    await converse(chatty, {}, ({ fake, outcome }) => {
      expect(outcome).toMatchObject(end("NOT_SUBMITTED"));
      expect(fake.requests).toHaveLength(3);
      expect(fake.refused).toEqual([]);
    });
  },
  TIME,
);

test(
  "empty answers are reminded like others and never sent again unchanged",
  async () => {
    await converse(inTurn(reply()), {}, ({ fake, outcome }) => {
      expect(outcome).toMatchObject(end("NOT_SUBMITTED"));
      const sent = fake.requests.map(({ messages }) => JSON.stringify(messages));
      expect(new Set(sent).size).toBe(3);
      expect(fake.refused).toEqual([]);
    });
  },
  TIME,
);

test(
  "a cut answer is dropped with its half call and asked for again with twice the room",
  async () => {
    const cut: Scripted = {
      kind: "reply",
      content: [call("w", "file_write", { path: "docs/a.md", content: "x".repeat(400) })],
      stop: "max_tokens",
      cutJsonAt: 20,
    };
    await converse(inTurn(cut, submit()), { maxTokens: 4_000 }, ({ fake, files, outcome }) => {
      expect(outcome.kind).toBe("submitted");
      expect(fake.requests.map(({ max_tokens }) => max_tokens)).toEqual([4_000, 8_000]);
      expect(fake.requests[1]?.messages).toEqual(fake.requests[0]?.messages);
      expect([...files.keys()]).toEqual(["docs/features.md"]);
    });
  },
  TIME,
);

test(
  "answers that are cut at 64,000 tokens too are asked for in parts, then a person is asked",
  async () => {
    const cut: Scripted = { kind: "reply", content: [says("…")], stop: "max_tokens" };
    await converse(inTurn(cut), { maxTokens: 32_000 }, ({ fake, outcome }) => {
      expect(outcome).toMatchObject(end("ANSWER_TOO_LONG"));
      expect(fake.requests.map(({ max_tokens }) => max_tokens)).toEqual([
        32_000, 64_000, 32_000, 64_000,
      ]);
      expect(fake.requests[2]?.messages.at(-1)).toMatchObject({ role: "system" });
      expect(fake.refused).toEqual([]);
    });
  },
  TIME,
);

test(
  "a refusal runs nothing, is not sent again, and a person is asked",
  async () => {
    const refusal: Scripted = {
      kind: "reply",
      content: [call("w", "file_write", { path: "docs/a.md", content: "x" })],
      stop: "refusal",
      refusal: "frontier_llm",
    };
    await converse(inTurn(refusal), {}, ({ fake, files, outcome }) => {
      expect(outcome).toMatchObject({
        kind: "ended",
        end: { kind: "person", code: "REFUSED", message: expect.stringContaining("frontier_llm") },
      });
      expect(fake.requests).toHaveLength(1);
      expect(files.has("docs/a.md")).toBe(false);
    });
  },
  TIME,
);

test(
  "a paused answer is sent back once; a second one is a defect",
  async () => {
    const pause: Scripted = { kind: "reply", content: [says("wait")], stop: "pause_turn" };
    await converse(inTurn(pause, submit()), {}, ({ outcome }) =>
      expect(outcome.kind).toBe("submitted"),
    );
    await converse(inTurn(pause), {}, ({ fake, outcome }) => {
      expect(outcome).toMatchObject(end("PAUSED_TWICE"));
      expect(fake.requests).toHaveLength(2);
    });
  },
  TIME,
);

test(
  "a full context window is summarised by one call of its own, and the summary goes back unchanged",
  async () => {
    const full: Scripted = {
      kind: "reply",
      content: [says("full")],
      stop: "model_context_window_exceeded",
    };
    const summary: Scripted = {
      kind: "reply",
      content: [{ type: "compaction", content: "so far", encrypted_content: "secret" }],
      stop: "compaction",
    };
    await converse(inTurn(full, summary, submit()), {}, ({ fake, outcome }) => {
      expect(outcome.kind).toBe("submitted");
      expect(fake.refused).toEqual([]);
      expect(fake.requests[1]).toMatchObject({ compaction: { type: "summarize" } });
      expect(fake.requests[2]?.messages[0]).toMatchObject({
        role: "assistant",
        content: [{ type: "compaction", content: "so far", encrypted_content: "secret" }],
      });
    });
    await converse(inTurn(full, summary, full), {}, ({ outcome }) => {
      expect(outcome).toMatchObject(end("TOO_LARGE"));
    });
  },
  TIME,
);

test.each(["stop_sequence", "something_new"])(
  "stop reason %s is a defect with the request's id",
  async (stop) => {
    await converse(inTurn({ kind: "reply", content: [says("?")], stop }), {}, ({ outcome }) => {
      expect(outcome).toMatchObject({
        kind: "ended",
        end: { kind: "bug", code: "STOP_UNKNOWN", message: expect.stringContaining("req_1") },
      });
    });
  },
  TIME,
);

test(
  "forty calls in one answer: eight run, all are answered",
  async () => {
    const many = reply(
      ...Array.from({ length: 40 }, (_, at) => call(`c${at}`, "files_list", { prefix: `${at}` })),
    );
    await converse(inTurn(many, submit()), {}, ({ fake, outcome }) => {
      expect(outcome.kind).toBe("submitted");
      expect(fake.refused).toEqual([]);
      const results = fake.requests[1]?.messages.at(-1)?.content as readonly {
        is_error?: boolean;
      }[];
      expect(results).toHaveLength(40);
      expect(results.filter(({ is_error }) => is_error === true)).toHaveLength(32);
    });
  },
  TIME,
);

test(
  "the same call five times in a row, or ten turns that change nothing, end with a person",
  async () => {
    const same: Script = (request) => reply(call(`c${turnOf(request)}`, "files_list", {}));
    await converse(same, {}, ({ fake, outcome }) => {
      expect(outcome).toMatchObject(end("NO_PROGRESS"));
      expect(fake.requests).toHaveLength(5);
    });
    const idle: Script = (request) =>
      reply(call(`c${turnOf(request)}`, "files_list", { prefix: `${turnOf(request)}` }));
    await converse(idle, {}, ({ fake, outcome }) => {
      expect(outcome).toMatchObject(end("NO_PROGRESS"));
      expect(fake.requests).toHaveLength(10);
      expect(fake.refused).toEqual([]);
    });
  },
  TIME,
);

test(
  "at 80 % of its turns the specialist is told to finish, once",
  async () => {
    const writes: Script = (request) =>
      turnOf(request) === 6
        ? submit()
        : reply(
            call(`c${turnOf(request)}`, "file_write", {
              path: "docs/features.md",
              content: `# ${turnOf(request)}\n`,
            }),
          );
    await converse(writes, { limits: { turns: 7, tokens: 1_000_000 } }, ({ fake, outcome }) => {
      expect(outcome.kind).toBe("submitted");
      expect(fake.refused).toEqual([]);
      const notes = fake.requests.at(-1)?.messages.filter(({ role }) => role === "system") ?? [];
      expect(notes).toHaveLength(1);
      expect(JSON.stringify(notes)).toContain("Left: 1 turns");
    });
    await converse(writes, { limits: { turns: 3, tokens: 1_000_000 } }, ({ outcome }) => {
      expect(outcome).toMatchObject(end("TURN_LIMIT"));
    });
  },
  TIME,
);

test(
  "a submission that is worse than the draft comes back as findings, and after three a person is asked",
  async () => {
    const worse = async () => [
      {
        rule: "test-removed",
        severity: "block" as const,
        file: "tests/a.py",
        line: null,
        message: "a test is gone",
      },
    ];
    const again: Script = (request) => submit(`s${turnOf(request)}`);
    await converse(again, { compare: worse }, ({ fake, outcome }) => {
      expect(outcome).toMatchObject(end("WORSE_THAN_DRAFT"));
      expect(fake.requests).toHaveLength(3);
      expect(JSON.stringify(fake.requests[1]?.messages.at(-1))).toContain("a test is gone");
    });
  },
  TIME,
);

import { expect, test } from "vitest";
import { createHearing, type WireEvent } from "../../src/agents/hearing.ts";
import { TOOL_CALL } from "../support/fake-anthropic/golden.ts";

const hear = (events: readonly WireEvent[]) => {
  const hearing = createHearing(() => {});
  for (const event of events) hearing.push(event);
  return hearing;
};

test("a streamed answer is put together as it was sent, thinking with its signature", () => {
  expect(hear(TOOL_CALL).reply("req_1")).toEqual({
    id: "msg_golden",
    model: "claude-sonnet-5-5",
    content: [
      {
        type: "opaque",
        body: { type: "thinking", thinking: "Looking at the facts.", signature: "c2lnbmVk" },
      },
      { type: "tool_use", id: "toolu_golden", name: "files_list", input: { prefix: "docs/" } },
    ],
    stopReason: "tool_use",
    stopCategory: null,
    bill: [
      {
        model: "claude-sonnet-5-5",
        kind: "message",
        usage: { input: 12, output: 80, read: 5_000, write5m: 300, write1h: 700, thinking: 30 },
      },
    ],
    requestId: "req_1",
    flags: [],
  });
});

test("cut anywhere before its end it is no answer, and what was used is known or at most", () => {
  for (let sent = 1; sent < TOOL_CALL.length; sent++) {
    const hearing = hear(TOOL_CALL.slice(0, sent));
    expect(hearing.reply(null)).toBeNull();
    const counted = sent === TOOL_CALL.length - 1;
    expect(hearing.used(9_000)?.usage).toMatchObject({
      input: 12,
      read: 5_000,
      write1h: 700,
      output: counted ? 80 : 9_000,
    });
  }
  expect(hear([]).used(9_000)).toBeNull();
});

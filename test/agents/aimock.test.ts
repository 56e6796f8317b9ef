import { LLMock } from "@copilotkit/aimock";
import { expect, test } from "vitest";
import { createClaude } from "../../src/agents/claude.ts";
import { SUMMARY } from "../support/fake-anthropic/scripts.ts";
import { converse } from "../support/refine-harness.ts";

/** A server that others wrote: it knows the wire format independently of us. It counts no cache and has no list of models. */
test("a whole conversation runs against a server that others wrote", async () => {
  const mock = new LLMock({ port: 0 });
  mock.on(
    { hasToolResult: false },
    { toolCalls: [{ name: "files_list", arguments: JSON.stringify({}) }] },
  );
  mock.on(
    { hasToolResult: true },
    {
      toolCalls: [
        { name: "submit", arguments: JSON.stringify({ summary: SUMMARY, resolutions: [] }) },
      ],
    },
  );
  const url = await mock.start();
  try {
    const play = createClaude({
      apiKey: "sk-ant-any",
      baseUrl: url,
      userHash: "u",
      warn: () => {},
    });
    await converse(
      () => ({ kind: "reset" }),
      { play },
      ({ fake, outcome }) => {
        expect(outcome).toMatchObject({ kind: "submitted", turns: 2 });
        expect(fake.requests).toHaveLength(0);
      },
    );
  } finally {
    await mock.stop();
  }
}, 60_000);

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ASSISTANT_TOOLSETS } from "../../src/operations/define.ts";
import { createTestApp, START, type TestApp } from "../support/test-app.ts";
import { type Connection, connect, KINDS, textOf } from "./support/connect.ts";

const EXAMPLES = join(process.cwd(), "examples");

let t: TestApp;
beforeAll(async () => {
  t = await createTestApp({ workspace: `data: {roots: ["${EXAMPLES}"]}` });
}, 30_000);
afterAll(() => t.close());

const using = async (
  options: Parameters<typeof connect>[1],
  work: (connection: Connection) => Promise<void>,
): Promise<void> => {
  const connection = await connect(t, options);
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
};

describe.each(KINDS)("a %s client", (kind) => {
  test("starts with pipeline_status and is told whether anybody works", () =>
    using({ kind }, async ({ call }) => {
      const answer = await call("pipeline_status");
      expect(answer.structuredContent).toMatchObject({ open_approvals: [] });
      expect(String(answer.structuredContent?.worker)).toMatch(/mlpipeline serve|working/);
      expect(JSON.parse(textOf(answer))).toEqual(answer.structuredContent);
    }));

  test("gets a code, what happened and the next call for what it can mend", () =>
    using({ kind }, async ({ call }) => {
      const unknown = await call("pipeline_status", { run_id: "nothing-1" });
      expect(unknown.isError).toBe(true);
      expect(textOf(unknown)).toMatch(/^RUN_NOT_FOUND: .*\. Next: /);
      const typo = await call("run_start", { dryrun: true, dataset: "x.csv" });
      expect(textOf(typo)).toMatch(/^INVALID_INPUT: .*dryrun.*\. Next: run_start/);
      const wrong = await call("run_wait", { run_id: 7, timeout_s: 4_000 });
      expect(textOf(wrong)).toMatch(/^INVALID_INPUT: /);
      const cursor = await call("approvals_list", { cursor: "../../etc" });
      expect(textOf(cursor)).toMatch(/^INVALID_CURSOR: .*Next: approvals_list/);
      const second = await call("runs_search", { cursor: "' OR 1=1" });
      expect(textOf(second)).toMatch(/^INVALID_CURSOR: /);
    }));

  test("is refused an unknown tool, and one that is for people, as a wrong request", () =>
    using({ kind }, async ({ client }) => {
      for (const name of ["nothing", "approval_vote", "doctor", "vote_code_issue"])
        await expect(client.callTool({ name, arguments: {} })).rejects.toMatchObject({
          code: -32602,
        });
    }));

  test("sees every tool with its schemas when all toolsets are on", () =>
    using(
      { kind, offer: { toolsets: ASSISTANT_TOOLSETS, readOnly: false } },
      async ({ client }) => {
        const { tools } = await client.listTools();
        expect(tools.map((tool) => tool.name)).toContain("audit_search");
        for (const tool of tools) {
          expect(tool.inputSchema.type).toBe("object");
          expect(tool.outputSchema?.type).toBe("object");
        }
      },
    ));

  test("cannot change anything where the server was started read-only", () =>
    using({ kind, offer: { toolsets: ["core"], readOnly: true } }, async ({ client }) => {
      const { tools } = await client.listTools();
      expect(tools.some((tool) => tool.annotations?.readOnlyHint === false)).toBe(false);
      await expect(client.callTool({ name: "run_start", arguments: START })).rejects.toMatchObject({
        code: -32602,
      });
    }));
});

interface Started {
  readonly run_id: string;
  readonly run: string;
}

test(
  "the same call again within ten minutes is the same call, until somebody changes the run",
  () =>
    using({}, async ({ call }) => {
      const input = { ...START, pipeline: "again" };
      const first = (await call("run_start", input)).structuredContent as unknown as Started;
      const again = (await call("run_start", input)).structuredContent as unknown as Started;
      expect(again.run_id).toBe(first.run_id);

      const pause = { run_id: first.run, action: "pause" };
      expect((await call("run_control", pause)).isError).toBeUndefined();
      expect((await call("run_control", pause)).isError).toBeUndefined();
      await t.call("run_control", { run_id: first.run, action: "resume" });
      expect((await call("run_control", pause)).structuredContent).toMatchObject({
        status: "paused (manual)",
      });
      const events = await t.app.store.events.since(first.run_id, 0);
      expect(events.filter(({ body }) => body.type === "RunPaused")).toHaveLength(2);

      const third = (await call("run_start", input)).structuredContent as unknown as Started;
      expect(third.run_id).not.toBe(first.run_id);
    }),
  30_000,
);

test(
  "a key that the client gave means the same call, and belongs to its principal",
  () =>
    using({}, async ({ call }) => {
      const input = { ...START, pipeline: "keyed", idempotency_key: "k1" };
      const [one, two] = await Promise.all([call("run_start", input), call("run_start", input)]);
      expect(one.structuredContent?.run_id).toBe(two.structuredContent?.run_id);
      const run = String(one.structuredContent?.run_id);
      const [event] = await t.app.store.events.since(run, 0, 1);
      expect(event?.cause).toBe("mcp/stdio/tess/key/k1");
      expect(event?.actor).toMatchObject({ person: "tess", via: "mcp", model: true });
    }),
  30_000,
);

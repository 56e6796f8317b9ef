import fc from "fast-check";
import { encode } from "gpt-tokenizer/encoding/cl100k_base";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toolsOf } from "../../mcp/offer.ts";
import { CONCISE_TOKENS, estimateTokens, MOST_TOKENS, shorten } from "../../mcp/shorten.ts";
import type { RunEvent } from "../../src/engine/event.ts";
import { commit, newId, opened, started } from "../support/store-world.ts";
import { createTestApp, START, type TestApp } from "../support/test-app.ts";
import { type Answer, type Connection, connect } from "./support/connect.ts";

const MANY = 50;
const HOUR_MS = 3_600_000;
/** The estimate is never below the true count of these answers, and at most this many times as high. */
const ESTIMATE_AT_MOST = 1.8;
const CORE = toolsOf({ toolsets: ["core"], readOnly: false });

let t: TestApp;
let connection: Connection;
let main: string;
let handoff: string;
let other: string;

/** A run of another pipeline that waits for its first decision, put into the log directly: the dataset need not be read for each. */
const addWaitingRun = async (name: string, spec: unknown): Promise<void> => {
  const [runId, pipelineId] = [newId(), newId()];
  const open = opened(newId(), t.app.deps.clock.nowMs() + HOUR_MS);
  const events = [...started(), open].map((event): RunEvent => {
    if (event.type === "RunStarted") return { ...event, pipelineId };
    return event.type === "ApprovalOpened"
      ? { ...event, policy: { ...event.policy, people: [String(t.owner.person)] } }
      : event;
  });
  const pipelines = [{ id: pipelineId, name, spec: spec as never }];
  await commit(t.app.store, runId, { pipelines, events });
};

/** Works through all four phases; the last handoff is left open. */
const work = async (runId: string): Promise<string> => {
  for (let phase = 1; ; phase++) {
    await t.drive(runId);
    const [open] = await t.app.store.approvals.list({ runId });
    if (!open) throw new Error(`phase ${phase} opened no handoff`);
    if (phase === 4) return open.approvalId;
    await t.approve(open.approvalId);
  }
};

// 50 runs, 49 handoffs that wait, 50 comments; deliverables are all that the seven briefs name, which are fewer.
beforeAll(async () => {
  t = await createTestApp();
  main = String((await t.call("run_start", START)).run_id);
  handoff = await work(main);
  const spec = (await t.app.store.pipelines.find(START.pipeline))?.spec;
  other = String((await t.call("run_start", { ...START, pipeline: "other" })).run_id);
  for (let at = 2; at < MANY; at++)
    await addWaitingRun(`a-pipeline-with-a-name-of-some-length-${at}`, spec);
  for (let at = 0; at < MANY; at++)
    await t.call("comment_add", {
      run_id: main,
      file: `docs/deliverable-${at}.md`,
      line: at + 1,
      severity: "must",
      text: `${at}: why is this column kept although it follows from the target? `.repeat(5),
    });
  connection = await connect(t);
}, 120_000);
afterAll(async () => {
  await connection.close();
  await t.close();
});

const jsonOf = (answer: Answer): string => JSON.stringify(answer.structuredContent);
const tokensOf = (json: string): number => encode(json).length;

/** The largest concise answer that each core tool gives here. */
const callsOf = (): ReadonlyMap<string, Record<string, unknown>> => {
  const comments = Array.from({ length: 10 }, (_, at) => ({
    file: `docs/${at}.md`,
    text: "Is this true? ".repeat(140),
  }));
  return new Map<string, Record<string, unknown>>([
    ["pipeline_status", {}],
    ["runs_search", { limit: MANY }],
    ["run_start", { ...START, pipeline: "another" }],
    ["run_wait", { run_id: main, since: 0, timeout_s: 1 }],
    ["run_control", { run_id: other, action: "pause", reason: "a pause" }],
    ["step_get", { run_id: main, step_id: "observability-engineer" }],
    ["deliverables_list", { run_id: main }],
    ["deliverable_read", { run_id: main, path: "docs/ingestion.md" }],
    ["approvals_list", { limit: MANY }],
    ["handoff_get", { approval: handoff }],
    ["comment_add", { run_id: main, text: "x ".repeat(1_500) }],
    [
      "approval_request_decision",
      { approval_id: handoff, recommendation: "read it ".repeat(60), comments },
    ],
    ["runs_compare", { run_a: main, run_b: other }],
  ]);
};

test("with 50 of everything each core tool's concise answer stays under 4,000 tokens, and the longest one under 25,000", async () => {
  const calls = callsOf();
  expect([...calls.keys()].sort()).toEqual([...CORE.keys()].sort());
  const counted: string[] = [];
  for (const [name, input] of calls) {
    const answer = await connection.call(name, input);
    expect(answer.isError, `${name}: ${JSON.stringify(answer.content).slice(0, 300)}`).toBeFalsy();
    const tokens = tokensOf(jsonOf(answer));
    counted.push(`${name} ${tokens}`);
    expect(tokens, name).toBeLessThan(CONCISE_TOKENS);
  }
  const detailed = await connection.call("pipeline_status", { detail: "detailed" });
  counted.push(`pipeline_status detailed ${tokensOf(jsonOf(detailed))}`);
  expect(tokensOf(jsonOf(detailed))).toBeGreaterThan(CONCISE_TOKENS);
  expect(tokensOf(jsonOf(detailed))).toBeLessThan(MOST_TOKENS);
  console.log(`tokens (cl100k): ${counted.join(", ")}`);
}, 60_000);

test("a list that does not fit comes in pages that lose nothing", async () => {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const answer = await connection.call("approvals_list", {
      limit: MANY,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const page = answer.structuredContent as unknown as {
      readonly approvals: readonly { readonly approval_id: string }[];
      readonly next_cursor?: string;
      readonly truncated?: unknown;
    };
    expect(page.truncated).toBeUndefined();
    found.push(...page.approvals.map((one) => one.approval_id));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  // One open handoff in the run that was worked on, and one in each that was put into the log.
  expect(new Set(found).size).toBe(MANY - 1);
  expect(found).toHaveLength(MANY - 1);
}, 60_000);

test("what is shortened by the estimate keeps the bound by the true count, and the estimate is at most 1.8 times as high", async () => {
  const answers = await Promise.all([
    connection.call("pipeline_status", { detail: "detailed" }),
    connection.call("runs_search", { limit: MANY }),
    connection.call("approvals_list", { limit: MANY }),
    connection.call("deliverables_list", { run_id: main }),
    connection.call("handoff_get", { approval: handoff }),
    connection.call("run_wait", { run_id: main, since: 0, timeout_s: 1 }),
    connection.call("deliverable_read", { run_id: main, path: "docs/ingestion.md" }),
  ]);
  const data = answers.map((answer) => (answer.structuredContent ?? {}) as Record<string, unknown>);
  fc.assert(
    fc.property(fc.constantFrom(...data), fc.integer({ min: 1_000, max: 4_000 }), (one, most) => {
      const json = JSON.stringify(shorten(one, most, "ask for less at a time"));
      const tokens = tokensOf(json);
      expect(tokens).toBeLessThanOrEqual(most);
      expect(estimateTokens(json)).toBeGreaterThanOrEqual(tokens);
      expect(estimateTokens(json)).toBeLessThanOrEqual(tokens * ESTIMATE_AT_MOST);
    }),
    { numRuns: 100 },
  );
}, 60_000);

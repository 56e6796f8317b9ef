import { join } from "node:path";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectHttp, serveHttp } from "../mcp/support/serve-http.ts";
import { createUser } from "../support/fake-slack/user.ts";
import { CLI_HARNESS } from "../support/harness.ts";
import { type SlackApp, startSlackApp, until } from "../support/slack-app.ts";
import { START } from "../support/test-app.ts";

const VERA = "vera-0123456789abcdef";
const WORKSPACE = `
people:
  - {id: tess, name: Tess, os: [tess], slack: ["T1:U1"]}
  - {id: bob, name: Bob, slack: ["T1:U2"], roles: [lead]}
  - {id: vera, name: Vera, mcp: ["token/vera"], roles: [builder]}
roles: {lead: [read, run, approve], builder: [read, run]}
policy:
  owner: tess
  default: {self_approval: true, people: [tess, bob], assistant_forms: on, min_level: {training: unverified, tests: unverified, else: unverified}}
data: {roots: ["${join(process.cwd(), "examples")}"]}
surfaces: {slack: {channel: C1}, mcp: {http: true}}
`;

let world: SlackApp;
beforeAll(async () => {
  world = await startSlackApp(WORKSPACE);
}, 60_000);
afterAll(() => world.close(), 60_000);

interface Waited {
  readonly changed: boolean;
  readonly seq: number;
  readonly open_approvals: readonly string[];
  readonly events: readonly {
    readonly type: string;
    readonly by?: string;
    readonly via?: string;
  }[];
}

test("an assistant of the older generation starts a run, waits and reads; people decide in Slack, and it wakes and is told who", async () => {
  const { slack, t } = world;
  const client = new OldClient({ name: "test", version: "1.0.0" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [CLI_HARNESS, "mcp"],
      env: {
        ...(process.env as Record<string, string>),
        USER: "tess",
        MLPIPELINE_HOME: join(t.dir, "home"),
        PROMPTS_DIR: join(t.dir, "prompts"),
        SLACK_BOT_TOKEN: slack.workspace.botToken,
        SLACK_APP_TOKEN: slack.workspace.appToken,
        SLACK_API_URL: slack.url,
      },
    }),
  );
  const call = async <T>(name: string, input: Record<string, unknown>): Promise<T> =>
    (await client.callTool({ name, arguments: input })).structuredContent as T;

  const { run_id } = await call<{ run_id: string }>("run_start", START);
  let seen = { seq: 0, open_approvals: [] } as unknown as Waited;
  while (seen.open_approvals.length === 0)
    seen = await call<Waited>("run_wait", { run_id, since: seen.seq, timeout_s: 10 });
  const { deliverables } = await call<{ deliverables: { files: string[] }[] }>(
    "deliverables_list",
    {
      run_id,
    },
  );
  const path = deliverables.flatMap((one) => one.files).find((file) => file.endsWith(".md"));
  const read = await call<{ text: string; untrusted: boolean }>("deliverable_read", {
    run_id,
    path,
  });
  expect(read.text).toContain("# ");
  expect(read.untrusted).toBe(true);

  await until("the handoff in Slack", () =>
    slack.workspace.messages.find((message) => message.text.startsWith("Handoff 1")),
  );
  const { headSeq } = (await t.app.store.runs.find(run_id)) as { headSeq: number };
  let wokeAt = 0;
  const waiting = call<Waited>("run_wait", { run_id, since: headSeq, timeout_s: 45 }).then(
    (woken) => {
      wokeAt = performance.now();
      return woken;
    },
  );
  const bob = createUser(slack, "U2");
  await bob.click("Approve…");
  await bob.sees("Look twice");
  await bob.fill("Note", "good");
  expect(await bob.submit()).toEqual({});
  const decidedAt = await until("the decision", async () =>
    (await t.app.store.approvals.find(seen.open_approvals[0] ?? ""))?.status === "approved"
      ? performance.now()
      : undefined,
  );
  const woken = await waiting;
  console.log(`run_wait woke ${Math.round(wokeAt - decidedAt)} ms after the decision was seen`);
  expect(woken.changed).toBe(true);
  const all = await call<Waited>("run_wait", { run_id, since: headSeq, timeout_s: 1 });
  expect(all.events).toContainEqual(
    expect.objectContaining({ type: "ApprovalApproved", by: "bob", via: "slack" }),
  );
  const asked = await call<Record<string, unknown>>("approval_request_decision", {
    approval_id: seen.open_approvals[0],
  });
  expect(asked).toMatchObject({ status: "approved", decided_by: "bob", surface: "slack" });
  await client.close();
}, 120_000);

test("an assistant of the newer generation over HTTP, whose person may not approve, decides nothing and is shown no form", async () => {
  const { slack, t } = world;
  const served = await serveHttp(t, [{ name: "vera", token: VERA }]);
  let shown = 0;
  const { call, close } = await connectHttp(served, {
    token: VERA,
    capabilities: { elicitation: { form: {} } },
    prepare: (client) =>
      client.setRequestHandler("elicitation/create", async () => {
        shown += 1;
        return { action: "accept", content: { decision: "approve" } };
      }),
  });
  const started = await call("run_start", { ...START, pipeline: "veras" });
  const run_id = String(started.structuredContent?.run_id);
  const open = await until("the handoff", async () => {
    const [waiting] = await t.app.store.approvals.list({ runId: run_id });
    return waiting;
  });
  const asked = await call("approval_request_decision", {
    approval_id: open.approvalId,
    recommendation: "approve it",
  });
  expect(asked.structuredContent).toMatchObject({ status: "open", asked_on: ["slack"] });
  const request = await until("the request in Slack", () =>
    slack.workspace.messages.find((message) => message.text.startsWith("Asked by token/vera")),
  );
  const parent = slack.workspace.messages.find((message) => message.ts === request.threadTs);
  expect(request.text).toContain("The assistant says: approve it");
  expect(request.text).toContain("veras");
  expect(parent?.text).toContain("veras");
  expect(shown).toBe(0);
  expect((await t.app.store.approvals.find(open.approvalId))?.votes).toEqual([]);
  await close();
  await served.close();
}, 120_000);

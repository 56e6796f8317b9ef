import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  answerTo,
  call,
  conversationOf,
  reply,
  says,
  turnOf,
} from "../../support/fake-anthropic/scripts.ts";
import { type FakeAnthropic, startFakeAnthropic } from "../../support/fake-anthropic/server.ts";
import type { Script, WireRequest } from "../../support/fake-anthropic/wire.ts";
import { createUser, type FakeUser } from "../../support/fake-slack/user.ts";
import { SLACK_WORKSPACE, type SlackApp, startSlackApp, until } from "../../support/slack-app.ts";
import { START } from "../../support/test-app.ts";

let app: SlackApp;
let fake: FakeAnthropic;
let run: string;
let runId: string;

/** Calls one tool, then says `text`. */
const callThenSay =
  (name: string, input: object, text: (answer: string) => string): Script =>
  (request) => {
    const { id, turn } = at(request);
    return turn === 0
      ? reply(call(id(0), name, input))
      : reply(says(text(answerTo(request, id(0)))));
  };

/** Answers of ours since the person's newest words: turns of the thread before do not count. */
const at = (request: WireRequest) => {
  const said = request.messages.findLastIndex(
    ({ content, role }) =>
      role === "user" &&
      (typeof content === "string" || content?.some(({ type }) => type === "text")),
  );
  const since = { ...request, messages: request.messages.slice(said) };
  const name = conversationOf(since);
  return { turn: turnOf(since), id: (turn: number) => `toolu_${name}_${turn}` };
};

beforeAll(async () => {
  fake = await startFakeAnthropic(() => reply(says("Hello.")));
  app = await startSlackApp(SLACK_WORKSPACE, undefined, true, {
    ANTHROPIC_API_KEY: fake.key,
    ANTHROPIC_BASE_URL: fake.url,
  });
  // Specialists stay with their drafts: the run starts before anybody has agreed to send anything.
  const started = (await app.t.call("run_start", { ...START, pipeline: "words" })) as unknown as {
    run: string;
    run_id: string;
  };
  run = started.run;
  runId = started.run_id;
  await until("the handoff", () =>
    app.slack.workspace.messages.find(({ text }) => text.includes("Handoff 1 of 4")),
  );
  await app.t.call("data_consent", { level: "aggregates" });
}, 60_000);

afterAll(async () => {
  app.slack.expectNoViolations();
  expect(fake.refused).toEqual([]);
  await app.close();
  await fake.close();
}, 30_000);

beforeEach(() => fake.script(() => reply(says("Hello."))));

const person = (id: string): FakeUser => {
  const user = createUser(app.slack, id);
  user.reload();
  user.goTo("C1");
  return user;
};

const answered = (words: string | RegExp) =>
  until(`an answer with ${String(words)}`, () =>
    app.slack.workspace.messages.findLast(
      ({ author, text }) =>
        author === "UBOT" && (typeof words === "string" ? text.includes(words) : words.test(text)),
    ),
  );

const eventsOf = async (type: string): Promise<number> => {
  const events = await app.t.app.store.events.since(runId, 0, 10_000);
  return events.filter(({ body }) => body.type === type).length;
};

/** Presses the newest button of a proposal, and gives what the person alone is told, or "" where it is told in the thread. */
const press = async (user: FakeUser): Promise<void> => {
  const before = user.lastEphemeral();
  const posted = app.slack.workspace.messages.length;
  await user.click("Run this");
  await until("an answer to the click", () =>
    user.lastEphemeral() !== before || app.slack.workspace.messages.length > posted
      ? true
      : undefined,
  );
};

test("a question in words is answered from what an operation reads, in the thread, labelled as Claude's", async () => {
  fake.script(
    callThenSay("pipeline_status", { run_id: run }, (answer) =>
      answer.includes(run) ? `${run} waits for a decision on phase 1.` : "I found nothing.",
    ),
  );
  const tess = person("U1");
  await tess.mention("why does it stand still?", `Run ${run} is`);
  const answer = await answered(`${run} waits for a decision on phase 1.`);
  expect(answer.threadTs).not.toBeNull();
  const blocks = JSON.stringify(answer.blocks);
  expect(blocks).toContain("Written by Claude");
  expect(blocks).toMatch(new RegExp(`"type":"link"[^}]*"text":"${run}"`));
}, 30_000);

test("a write becomes a proposal that only its person's click runs, once", async () => {
  const input = { run_id: run, action: "rerun", phase: 1, reason: "without the site columns" };
  fake.script(callThenSay("run_control", input, () => "That would do phase 1 again."));
  const tess = person("U1");
  await tess.mention("rerun phase 1 without the site columns");
  const proposal = await answered("That would do phase 1 again.");
  expect(proposal.text).toContain("Proposed, not done: Control a run.");
  expect(JSON.stringify(proposal.blocks)).toContain("without the site columns");
  expect(await eventsOf("PhaseStaled")).toBe(0);

  const bob = person("U2");
  await press(bob);
  expect(bob.lastEphemeral()).toContain("Only tess can press this");
  expect(await eventsOf("PhaseStaled")).toBe(0);

  await press(tess);
  await answered("Done: Control a run.");
  expect(await eventsOf("PhaseStaled")).toBe(1);

  await press(tess);
  expect(tess.lastEphemeral()).toContain("This ran already");
  expect(await eventsOf("PhaseStaled")).toBe(1);
  const line = await app.t.call("audit_search", { text: "RerunRun", limit: 1 });
  expect(JSON.stringify(line)).toContain("tess");
}, 60_000);

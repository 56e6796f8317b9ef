import { expect, test } from "vitest";
import { says } from "../../support/fake-anthropic/scripts.ts";
import { type FakeAnthropic, startFakeAnthropic } from "../../support/fake-anthropic/server.ts";
import { createUser, type FakeUser } from "../../support/fake-slack/user.ts";
import { SLACK_WORKSPACE, type SlackApp, startSlackApp } from "../../support/slack-app.ts";

const WORDS = "zebra wants to know what this week cost";
const GRAMMAR = 'I do not know "zebra"';

interface Talked {
  readonly app: SlackApp;
  readonly fake: FakeAnthropic;
  readonly tess: FakeUser;
}

const talking = async (
  workspace: string,
  { consent = true, key = true },
  use: (talked: Talked) => Promise<void>,
): Promise<void> => {
  const fake = await startFakeAnthropic(() => ({
    kind: "reply",
    content: [says("Nothing was spent.")],
    outputTokens: 4_000,
  }));
  const secrets: Record<string, string> = key
    ? { ANTHROPIC_API_KEY: fake.key, ANTHROPIC_BASE_URL: fake.url }
    : {};
  const app = await startSlackApp(workspace, undefined, false, secrets);
  try {
    if (consent) await app.t.call("data_consent", { level: "aggregates" });
    await use({ app, fake, tess: createUser(app.slack, "U1") });
    app.slack.expectNoViolations();
    expect(fake.refused).toEqual([]);
  } finally {
    await app.close();
    await fake.close();
  }
};

test.each([
  ["a key", SLACK_WORKSPACE, { key: false }],
  ["the owner's consent", SLACK_WORKSPACE, { consent: false }],
  ["claude.use", `${SLACK_WORKSPACE}\nclaude: {use: "off"}\n`, {}],
])(
  "without %s free words are answered by the grammar, and nothing is sent",
  async (_what, workspace, given) => {
    await talking(workspace, given, async ({ fake, tess }) => {
      await tess.dm(WORDS);
      await tess.sees(GRAMMAR);
      expect(fake.requests).toHaveLength(0);
    });
  },
  60_000,
);

test("a day's talk stays within its budget; then the grammar answers and says why", async () => {
  const workspace = `${SLACK_WORKSPACE}\nbudget: {conversation: {usd: 0.02}}\n`;
  await talking(workspace, {}, async ({ app, fake, tess }) => {
    await tess.dm(WORDS);
    await tess.sees("Nothing was spent.");
    for (let n = 0; n < 20 && !tess.text().includes("is spent"); n++) {
      const said = fake.requests.length;
      await tess.dm(`${WORDS} ${n}`);
      await expect
        .poll(() => fake.requests.length > said || tess.text().includes("is spent"), {
          timeout: 10_000,
        })
        .toBe(true);
    }
    expect(tess.text()).toContain("Today's budget for talk with Claude is spent");
    expect(tess.text()).toContain(GRAMMAR);
    const [row] = await app.t.app.store.ledger.list("conversation/");
    expect(row?.cap).toBe(20_000);
    expect(row?.spent).toBeGreaterThan(0);
    expect((row?.spent ?? 0) + (row?.held ?? 0)).toBeLessThanOrEqual(20_000);
    expect(fake.bill.length).toBe(fake.requests.length);
  });
}, 60_000);

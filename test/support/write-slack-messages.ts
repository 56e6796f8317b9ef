// Writes examples/slack/handoff.json anew, a handoff as the bot posts it, with the blueprints that ship and without Python:
// npx tsx test/support/write-slack-messages.ts
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createBot } from "../../src/main.ts";
import { runDelivery } from "../../src/runtime/deliver.ts";
import { SLACK_TARGET } from "../../src/runtime/outbox.ts";
import { startFakeSlack } from "./fake-slack/server.ts";
import { SLACK_WORKSPACE, until } from "./slack-app.ts";
import { createTestApp, START } from "./test-app.ts";

const slack = await startFakeSlack({ rates: "off" });
const t = await createTestApp({
  shipped: true,
  workspace: SLACK_WORKSPACE,
  environment: {
    SLACK_BOT_TOKEN: slack.workspace.botToken,
    SLACK_APP_TOKEN: slack.workspace.appToken,
    SLACK_API_URL: slack.url,
  },
});
const bot = createBot(t.app, t.config);
if (!bot) throw new Error("the bot was not made");
await bot.start();
await slack.connected();
const started = (await t.call("run_start", START)) as unknown as { run_id: string };
await t.drive(started.run_id);
const stop = new AbortController();
const delivering = runDelivery(t.app.deps, SLACK_TARGET, bot.deliver, stop.signal, 50);
const message = await until("the handoff", () =>
  slack.workspace.messages.find(({ text }) => text.startsWith("Handoff 1 of 4")),
);
const at = new Date("2026-01-15T14:02:00Z").toISOString();
const file = join("examples", "slack", "handoff.json");
await writeFile(
  file,
  `${JSON.stringify({ at, text: message.text, blocks: message.blocks }, null, 1)}\n`,
);
process.stdout.write(`${file}\n`);
stop.abort();
await delivering;
await bot.stop();
await t.close();
await slack.close();

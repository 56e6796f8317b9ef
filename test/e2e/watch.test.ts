import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createUser, type FakeUser } from "../support/fake-slack/user.ts";
import { type SlackApp, startSlackApp, until } from "../support/slack-app.ts";
import { writeCsv } from "../support/watched-data.ts";

const HOUR = 3_600_000;
const PATIENCE = 60_000;

let app: SlackApp;
let dir: string;
let tess: FakeUser;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-watch-"));
  app = await startSlackApp();
  tess = createUser(app.slack, "U1", { account: { name: "Tess" } });
}, PATIENCE);

afterAll(async () => {
  await app.close();
  await rm(dir, { recursive: true, force: true });
});

const incidentMessages = () =>
  app.slack.workspace.messages.filter(
    (message) => message.threadTs === null && message.text.startsWith("Drift:"),
  );

test(
  "a model that was built elsewhere is watched, its drift becomes one message, and a press acknowledges it",
  async () => {
    const now = Math.floor(Date.now() / HOUR) * HOUR;
    const from = now - 40 * HOUR;
    const reference = await writeCsv(dir, "reference.csv", {
      from: from - 400 * HOUR,
      hours: 400,
      perHour: 20,
      seed: 1,
    });
    await writeCsv(join(dir, "current"), "rows.csv", {
      from,
      hours: 40,
      perHour: 60,
      seed: 2,
      shift: { features: [1], by: 0.8 },
    });
    const started = (await app.t.call("watch_start", {
      name: "elsewhere",
      reference,
      current: join(dir, "current"),
      time: "time",
    })) as unknown as { monitors: { level: string }[]; incidents: string[] };
    expect(started.incidents).toHaveLength(1);
    const shown = await until("the incident's message", () => incidentMessages()[0]);
    expect(shown.text).toContain("elsewhere, f1");
    expect(shown.text).not.toContain("f0");
    await tess.click("Acknowledge");
    await until("the message says who has it", () =>
      /acknowledged by Tess/.test(incidentMessages()[0]?.text ?? "") ? true : undefined,
    );
    expect(incidentMessages()).toHaveLength(1);
    const audit = (await app.t.call("audit_search", { action: "Incident.ack" })) as unknown as {
      lines: { person: string }[];
    };
    expect(audit.lines.map((line) => line.person)).toEqual(["tess"]);
  },
  PATIENCE,
);

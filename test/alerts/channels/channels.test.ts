import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { genieCall, opsgenieNotice } from "../../../src/alerts/channels/genie.ts";
import type { ChannelMessage } from "../../../src/alerts/channels/message.ts";
import { pagerDutyCall } from "../../../src/alerts/channels/pagerduty.ts";
import { sendCall } from "../../../src/alerts/channels/send.ts";
import { signatureOf, webhookBody, webhookCall } from "../../../src/alerts/channels/webhook.ts";
import { readWebhook, WebhookBody } from "../../../src/alerts/channels/webhook-in.ts";
import { type StrictChannels, startStrictChannels } from "../../support/strict-channels.ts";

const MESSAGE: ChannelMessage = {
  id: "01M89JAMQW2Y4ZFZTJN5A7NE6T",
  open: true,
  acked: false,
  severity: "critical",
  title: `Performance: strikes, ${"roc_auc ".repeat(60)}`,
  sentence: "roc_auc fell to .61\u0007 below its band",
  pipeline: "strikes",
  model: "strikes",
  environment: "prod",
  cause: "performance",
  openedAt: Date.parse("2026-03-01T10:00Z"),
  endedAt: null,
  alerts: [
    {
      open: true,
      fingerprint: "a".repeat(64),
      labels: { pipeline: "strikes", subject: "roc_auc", severity: "critical" },
      said: "roc_auc fell",
      since: Date.parse("2026-03-01T10:00Z"),
      closedAt: null,
    },
  ],
};
const ENDED = { ...MESSAGE, open: false, endedAt: Date.parse("2026-03-01T12:00Z") };
const KEY = "k".repeat(32);

let channels: StrictChannels;
beforeEach(async () => {
  channels = await startStrictChannels();
});
afterEach(async () => {
  await channels.close();
  expect(channels.complaints).toEqual([]);
});

describe("what goes out fits the documented forms", () => {
  test("PagerDuty gets trigger, acknowledge and resolve under one key", async () => {
    const options = { url: channels.url, routingKey: KEY, source: "host" };
    for (const message of [MESSAGE, { ...MESSAGE, acked: true }, ENDED])
      await sendCall("pagerduty", pagerDutyCall(message, options));
    const bodies = channels.received.map((one) => one.body);
    expect(bodies.map((body) => body.event_action)).toEqual(["trigger", "acknowledge", "resolve"]);
    expect(new Set(bodies.map((body) => body.dedup_key)).size).toBe(1);
    expect(new Set(bodies.map((body) => body.routing_key))).toEqual(new Set([KEY]));
  });

  test("Jira Service Management and Opsgenie get an alert, and its close by alias", async () => {
    const options = { url: `${channels.url}/alerts`, apiKey: "secret" };
    for (const message of [MESSAGE, { ...MESSAGE, acked: true }, ENDED])
      await sendCall("jsm", genieCall(message, options));
    const [created, acked, closed] = channels.received;
    expect(created?.body).toMatchObject({ priority: "P1" });
    expect(created?.headers.authorization).toBe("GenieKey secret");
    expect(acked?.path).toContain("/acknowledge?identifierType=alias");
    expect(closed?.path).toContain("/close?identifierType=alias");
  });

  test("a webhook gets Alertmanager's form, signed over the bytes that arrive", async () => {
    const options = { url: `${channels.url}/hook`, secret: "s", externalUrl: "https://x.invalid/" };
    await sendCall("webhook", webhookCall(MESSAGE, options));
    await sendCall("webhook", webhookCall(ENDED, options));
    const [firing, resolved] = channels.received;
    expect(firing?.headers["x-mlpipeline-signature"]).toBe(signatureOf(firing?.raw ?? "", "s"));
    expect(firing?.body).toMatchObject({
      status: "firing",
      alerts: [{ endsAt: "0001-01-01T00:00:00Z" }],
    });
    expect(resolved?.body).toMatchObject({
      status: "resolved",
      alerts: [{ endsAt: "2026-03-01T12:00:00.000Z" }],
    });
  });

  test("a busy channel is tried again later, a refusal is told, and neither names the key", async () => {
    const call = pagerDutyCall(MESSAGE, { url: channels.url, routingKey: KEY, source: "host" });
    channels.answers.push(429, 503, 403);
    await expect(sendCall("pagerduty", call)).rejects.toMatchObject({ code: "CHANNEL_BUSY" });
    await expect(sendCall("pagerduty", call)).rejects.toMatchObject({ code: "CHANNEL_BUSY" });
    const refused = await sendCall("pagerduty", call).catch((error: Error) => error);
    expect(refused).toMatchObject({ code: "CHANNEL_REFUSED" });
    expect(String(refused)).not.toContain(KEY);
  });

  test("Opsgenie is warned about until its end, and refused after it", () => {
    expect(opsgenieNotice(Date.parse("2027-04-04T00:00Z"))).toContain("2027-04-05");
    expect(() => opsgenieNotice(Date.parse("2027-04-05T00:00Z"))).toThrow(/ended/);
  });
});

describe("what comes in by webhook", () => {
  test("that we sent ourselves is read back as the same alerts", () => {
    const body = WebhookBody.parse(webhookBody(MESSAGE, "https://x.invalid/"));
    const [group] = readWebhook(body, 1);
    expect(group?.labels).toMatchObject({ pipeline: "strikes" });
    expect(group?.verdicts[0]).toMatchObject({ firing: true, level: "critical" });
  });

  test("is text: cut, without control characters, and told apart by its labels", () => {
    const alert = (instance: string, status: "firing" | "resolved") => ({
      status,
      labels: { alertname: "High\u0000Latency", severity: "page", service: "api", instance },
      annotations: { summary: `<!channel> ${"x".repeat(3_000)}` },
      startsAt: "2026-03-01T10:00:00Z",
      endsAt: "0001-01-01T00:00:00Z",
      fingerprint: "abc",
    });
    const groups = readWebhook(
      WebhookBody.parse({
        version: "4",
        status: "firing",
        alerts: [alert("a:1", "firing"), alert("b:1", "resolved")],
      }),
      1,
    );
    expect(groups).toHaveLength(1);
    const [a, b] = groups[0]?.verdicts ?? [];
    expect(a).toMatchObject({ subject: "High Latency", segment: "instance=a:1", firing: true });
    expect(b).toMatchObject({ segment: "instance=b:1", firing: false });
    expect(a?.reasons[0]?.length).toBeLessThanOrEqual(500);
    expect(a?.evidence.theirs).toBe("abc");
  });

  test("of another version is no such body", () => {
    expect(WebhookBody.safeParse({ version: "3", status: "firing", alerts: [] }).success).toBe(
      false,
    );
  });
});

import type { App } from "@slack/bolt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { FakeSlack } from "../support/fake-slack/server.ts";
import { createUser } from "../support/fake-slack/user.ts";
import { MODES, type RunningApp, startBoltApp } from "./bolt-app.ts";
import { call, startFull } from "./call.ts";

const mention = (text: string) => ({
  type: "app_mention",
  channel: "C1",
  user: "U1",
  text,
  ts: "1.000001",
});

let slack: FakeSlack;
let running: RunningApp | null;
let heard: { readonly text: string; readonly retry: number | undefined }[];
beforeEach(async () => {
  running = null;
  heard = [];
  slack = await startFull({ clock: "real" });
});
afterEach(async () => {
  await running?.stop();
  await slack.close();
});

const listen = (app: App) => {
  app.event("app_mention", async ({ event, context }) => {
    heard.push({ text: event.text, retry: context.retryNum });
  });
  app.command("/fake", async ({ ack, body }) => {
    heard.push({ text: body.text, retry: undefined });
    await ack();
  });
};

describe.each(MODES)("over %s", (mode) => {
  test("an event that the app acknowledges is delivered once", async () => {
    running = await startBoltApp(slack, mode, listen);
    const delivery = slack.raise(mention("hi"));
    expect(await delivery?.first).toMatchObject({ acked: true });
    await slack.clock.advance(600_000);
    expect(delivery?.outcomes).toHaveLength(1);
    expect(heard.map(({ text }) => text)).toEqual(["hi"]);
  });

  test("an event raised while nobody listens comes later, as a retry", async () => {
    const delivery = slack.raise(mention("early"));
    expect(await delivery?.first).toBe(false);
    running = await startBoltApp(slack, mode, listen);
    await expect.poll(() => heard).toEqual([{ text: "early", retry: 1 }]);
  });

  test("an event of a type that the manifest does not subscribe to never comes", () => {
    expect(slack.raise({ type: "reaction_added" })).toBeNull();
  });

  test("a duplicate is the same payload once more and counts as no retry", async () => {
    running = await startBoltApp(slack, mode, listen);
    await slack.raise(mention("twice"))?.first;
    expect(await slack.duplicate()).toMatchObject({ acked: true });
    expect(heard.map(({ text }) => text)).toEqual(["twice", "twice"]);
    expect(heard[1]?.retry ?? 0).toBe(0);
  });

  test("a command without an app is lost, and the person is told", async () => {
    const user = createUser(slack, "U1");
    if (mode === "http") running = await startBoltApp(slack, mode, () => {});
    const typing = user.slash("hello");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await slack.clock.advance(3_000);
    await typing;
    expect(user.notice()).toContain("/fake hello did not work");
    expect(() => slack.expectNoViolations()).toThrow("without acknowledgement");
  });
});

describe("sockets", () => {
  const openRaw = async (): Promise<{ socket: WebSocket; frames: Record<string, unknown>[] }> => {
    const { url } = await call(slack, "apps.connections.open", {}, slack.workspace.appToken);
    const socket = new WebSocket(String(url));
    const frames: Record<string, unknown>[] = [];
    socket.on("message", (data) => frames.push(JSON.parse(String(data))));
    await new Promise((resolve, reject) => {
      socket.on("open", resolve);
      socket.on("error", reject);
    });
    await expect.poll(() => frames[0]).toMatchObject({ type: "hello" });
    return { socket, frames };
  };
  const envelopes = (frames: readonly Record<string, unknown>[]) =>
    frames.filter(({ envelope_id }) => envelope_id !== undefined);

  test("an address works once", async () => {
    const { url } = await call(slack, "apps.connections.open", {}, slack.workspace.appToken);
    const first = new WebSocket(String(url));
    await new Promise((resolve) => first.on("open", resolve));
    const second = new WebSocket(String(url));
    await expect(
      new Promise((resolve, reject) => {
        second.on("open", resolve);
        second.on("error", reject);
      }),
    ).rejects.toThrow("404");
    first.terminate();
  });

  test("each envelope goes to one of several sockets", async () => {
    const [one, other] = [await openRaw(), await openRaw()];
    for (const { socket, frames } of [one, other])
      socket.on("message", () => {
        const { envelope_id } = frames.at(-1) ?? {};
        socket.send(JSON.stringify({ envelope_id, payload: { text: "ok" } }));
      });
    for (let n = 0; n < 4; n++)
      expect(await slack.send("slash_commands", { command: "/fake" })).toEqual({ text: "ok" });
    expect(envelopes(one.frames)).toHaveLength(2);
    expect(envelopes(other.frames)).toHaveLength(2);
    one.socket.terminate();
    other.socket.terminate();
  });

  test("an event is tried again at once, after a minute and after five, with number and reason", async () => {
    const { socket, frames } = await openRaw();
    slack.raise(mention("x"));
    await expect.poll(() => envelopes(frames)).toHaveLength(1);
    for (const [waitMs, count] of [
      [3_000, 2],
      [3_000, 2],
      [60_000, 3],
      [3_000, 3],
      [250_000, 3],
      [50_000, 4],
      [600_000, 4],
    ] as const) {
      await slack.clock.advance(waitMs);
      await expect.poll(() => envelopes(frames).length).toBe(count);
    }
    expect(envelopes(frames).map((frame) => [frame.retry_attempt, frame.retry_reason])).toEqual([
      [0, ""],
      [1, "timeout"],
      [2, "timeout"],
      [3, "timeout"],
    ]);
    expect(new Set(envelopes(frames).map(({ envelope_id }) => envelope_id)).size).toBe(4);
    socket.terminate();
  });

  test("a socket cut before the acknowledgement brings the event again, cut after it does not", async () => {
    for (const [when, tries] of [
      ["before", 2],
      ["after", 1],
    ] as const) {
      const { socket } = await openRaw();
      const answerAll = (one: WebSocket) =>
        one.on("message", (data) => {
          const { envelope_id } = JSON.parse(String(data)) as { envelope_id?: string };
          if (envelope_id) one.send(JSON.stringify({ envelope_id }));
        });
      answerAll(socket);
      const second = await openRaw();
      answerAll(second.socket);
      slack.socket.cutNext(when);
      const delivery = slack.raise(mention(when));
      await expect.poll(() => delivery?.outcomes.at(-1)?.acked).toBe(true);
      expect(delivery?.outcomes).toHaveLength(tries);
      await expect.poll(() => slack.socket.count()).toBe(1);
      slack.socket.cut("all");
    }
  });

  test("an event whose app died before the acknowledgement waits for its next socket", async () => {
    const first = await openRaw();
    const delivery = slack.raise(mention("x"));
    await expect.poll(() => envelopes(first.frames)).toHaveLength(1);
    first.socket.terminate();
    await expect.poll(() => delivery?.outcomes).toHaveLength(1);
    await slack.clock.advance(600_000);
    expect(delivery?.outcomes).toHaveLength(1);
    const second = await openRaw();
    await expect
      .poll(() => envelopes(second.frames))
      .toMatchObject([{ retry_attempt: 1, payload: { event_id: delivery?.eventId } }]);
    second.socket.terminate();
  });

  test("disconnect frames name their reason and the socket is closed", async () => {
    const { frames, socket } = await openRaw();
    const closed = new Promise((resolve) => socket.on("close", resolve));
    slack.socket.disconnect("warning");
    await expect.poll(() => frames.at(-1)).toMatchObject({ type: "disconnect", reason: "warning" });
    expect(slack.socket.count()).toBe(1);
    await slack.clock.advance(10_000);
    await closed;
  });

  test("an eleventh socket is one too many", async () => {
    const all = [];
    for (let n = 0; n < 10; n++) all.push(await openRaw());
    const { url } = await call(slack, "apps.connections.open", {}, slack.workspace.appToken);
    const eleventh = new WebSocket(String(url));
    const frame = await new Promise((resolve) =>
      eleventh.on("message", (data) => resolve(String(data))),
    );
    expect(JSON.parse(String(frame))).toMatchObject({ reason: "too_many_websockets" });
    for (const { socket } of all) socket.terminate();
  });

  test("an envelope can come without an inner event", async () => {
    const { frames, socket } = await openRaw();
    slack.socket.sendRateLimited();
    await expect.poll(() => frames.at(-1)).toMatchObject({ payload: { type: "app_rate_limited" } });
    expect((frames.at(-1)?.payload as object) ?? {}).not.toHaveProperty("event");
    socket.terminate();
  });
});

describe("HTTP mode", () => {
  const COMMAND = { command: "/fake", text: "go", team_id: "T1", user_id: "U1", trigger_id: "t" };
  beforeEach(async () => {
    running = await startBoltApp(slack, "http", listen);
  });

  test("a signed request is heard; a forged, changed or old one is not", async () => {
    expect((await slack.http.request("slash_commands", COMMAND)).status).toBe(200);
    const wrong = [
      { secret: "another" },
      { tamper: (body: string) => body.replace("go", "rm") },
      { skewMs: -6 * 60_000 },
      { headers: { "x-slack-signature": "" } },
    ];
    for (const forgery of wrong)
      expect((await slack.http.request("slash_commands", COMMAND, forgery)).status).toBe(401);
    expect(heard).toHaveLength(1);
  });

  test("a request can be replayed byte for byte and dated ahead, which Bolt alone lets pass", async () => {
    const { sent } = await slack.http.request("slash_commands", COMMAND, { skewMs: 60 * 60_000 });
    expect(slack.http.last()).toEqual(sent);
    expect((await slack.http.replay(sent)).status).toBe(200);
    expect(heard).toHaveLength(2);
  });

  test("the certificate check is answered", async () => {
    expect((await slack.http.sslCheck()).status).toBe(200);
    expect(heard).toEqual([]);
  });

  test("a payload can come without an inner event", async () => {
    const { sent } = await slack.http.sendRateLimited();
    expect(JSON.parse(sent.body)).toMatchObject({ type: "app_rate_limited" });
    expect(JSON.parse(sent.body)).not.toHaveProperty("event");
  });

  test("an address that does not answer the challenge is not taken", async () => {
    await expect(slack.http.connect(`${slack.url}nothing`)).rejects.toThrow("challenge");
    expect(slack.http.ready()).toBe(false);
  });
});

test("a request address that only points elsewhere acknowledges nothing", async () => {
  const { createServer } = await import("node:http");
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      if (body.startsWith("{")) return response.end(JSON.parse(body).challenge);
      if (request.url === "/there") return response.end();
      response.writeHead(302, { location: "/there" });
      return response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await slack.http.connect(`http://127.0.0.1:${(server.address() as { port: number }).port}/`);
  expect(await slack.deliver("slash_commands", { command: "/fake" })).toMatchObject({
    acked: false,
    reason: "http_error",
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("a failed delivery names its reason in headers, and x-slack-no-retry ends the tries", async () => {
  const { createServer } = await import("node:http");
  const requests: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { challenge } = JSON.parse(body) as { challenge?: string };
      if (challenge !== undefined) return response.end(challenge);
      requests.push(request.headers);
      if (requests.length === 2) response.setHeader("x-slack-no-retry", "1");
      response.writeHead(500);
      return response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await slack.http.connect(`http://127.0.0.1:${(server.address() as { port: number }).port}/`);
  const delivery = slack.raise(mention("x"));
  await expect.poll(() => delivery?.outcomes).toHaveLength(2);
  await slack.clock.advance(600_000);
  expect(requests).toHaveLength(2);
  expect(requests[0]).not.toHaveProperty("x-slack-retry-num");
  expect(requests[1]).toMatchObject({
    "x-slack-retry-num": "1",
    "x-slack-retry-reason": "http_error",
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

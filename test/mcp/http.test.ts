import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mountMcp } from "../../mcp/mount.ts";
import { until } from "../support/slack-app.ts";
import { createTestApp, START, type TestApp } from "../support/test-app.ts";
import { KINDS, textOf } from "./support/connect.ts";
import { connectHttp, type Served, serveHttp } from "./support/serve-http.ts";

const BOB = "bob-0123456789abcdef";
const GUEST = "guest-0123456789abcdef";
const AUDIENCE = "https://ml.example.com/mcp";

const workspace = (jwks: string) => `
people:
  - {id: tess, name: Tess, os: [tess]}
  - {id: bob, name: Bob, mcp: ["token/bob", "jwt/bob"], roles: [builder]}
roles: {builder: [read, run]}
policy: {owner: tess, default: {people: [tess], self_approval: true}}
surfaces: {mcp: {http: true, public_url: "${AUDIENCE}", jwt: {issuer: "https://id.example.com", jwks_uri: "${jwks}", audience: "${AUDIENCE}"}}}
`;

let t: TestApp;
let served: Served;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let closeKeys: () => void;
beforeAll(async () => {
  keys = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), alg: "ES256", kid: "k1", use: "sig" };
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closeKeys = () => server.close();
  const { port } = server.address() as AddressInfo;
  t = await createTestApp({ workspace: workspace(`http://127.0.0.1:${port}/jwks`) });
  served = await serveHttp(t, [
    { name: "bob", token: BOB },
    { name: "guest", token: GUEST },
  ]);
}, 30_000);
afterAll(async () => {
  closeKeys();
  await served.close();
  await t.close();
});

const jwt = (claims: Record<string, unknown> = {}, audience = AUDIENCE, expires = "5m") =>
  new SignJWT({ scope: "pipeline:read", ...claims })
    .setProtectedHeader({ alg: "ES256", kid: "k1" })
    .setIssuer("https://id.example.com")
    .setSubject("bob")
    .setAudience(audience)
    .setExpirationTime(expires)
    .sign(keys.privateKey);

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
};

/** One request of the newest revision, by hand. */
const post = (
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
  meta: Record<string, unknown> = META,
) =>
  fetch(`${served.url}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${BOB}`,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof params.name === "string" ? { "mcp-name": params.name } : {}),
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method, params: { ...params, _meta: meta } }),
  });

describe.each(KINDS)("a %s client over HTTP", (kind) => {
  test("lists, calls, reads, completes and gets errors that it can mend", async () => {
    const { call, client, close } = await connectHttp(served, { kind, token: BOB });
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toContain("run_start");
    expect((await call("pipeline_status")).structuredContent).toMatchObject({ open_approvals: [] });
    expect(textOf(await call("run_wait", { run_id: "nothing-1" }))).toMatch(/^RUN_NOT_FOUND: /);
    await expect(client.callTool({ name: "approval_vote", arguments: {} })).rejects.toMatchObject({
      code: -32602,
    });
    const { contents } = await client.readResource({ uri: "mlpipeline://briefs/ml-engineer" });
    expect(JSON.stringify(contents)).toContain("ml-engineer");
    await expect(client.readResource({ uri: "mlpipeline://nothing" })).rejects.toMatchObject({
      code: -32602,
    });
    await close();
  }, 30_000);

  test("is told of progress while it waits, and may stop waiting", async () => {
    const { run } = (await t.call("run_start", {
      ...START,
      pipeline: `wait-${kind.replaceAll(/[^a-z0-9]/g, "")}`,
    })) as unknown as { run: string };
    const { client, close } = await connectHttp(served, { kind, token: BOB });
    const told: number[] = [];
    // The 1.x client takes a result schema before its options.
    const wait = (timeout_s: number, options: Record<string, unknown>) =>
      client.callTool(
        { name: "run_wait", arguments: { run_id: run, timeout_s } },
        ...((kind === "1.x" ? [undefined, options] : [options]) as [never]),
      );
    await wait(4, { onprogress: ({ progress }: { progress: number }) => told.push(progress) });
    expect(told.length).toBeGreaterThan(0);
    const stop = new AbortController();
    const waiting = wait(45, { signal: stop.signal });
    setTimeout(() => stop.abort(), 200);
    await expect(waiting).rejects.toBeDefined();
    expect((await t.app.store.runs.find(run)) as unknown).toMatchObject({ status: "running" });
    await close();
  }, 60_000);
});

test("an older client's session belongs to its token, ends with DELETE and is told of what it subscribed to", async () => {
  const { run_id } = (await t.call("run_start", { ...START, pipeline: "told" })) as unknown as {
    run_id: string;
  };
  const { client, close } = await connectHttp(served, { kind: "legacy", token: BOB });
  const told: string[] = [];
  client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
    told.push(params.uri);
  });
  await client.subscribeResource({ uri: `mlpipeline://runs/${run_id}` });
  await t.call("comment_add", { run_id, text: "one" });
  await until("the update", () => (told.length > 0 ? true : undefined));
  const { sessionId } = client.transport as unknown as { sessionId: string };
  const foreign = await fetch(`${served.url}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${await jwt()}`,
      "mcp-session-id": sessionId,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  expect(foreign.status).toBe(404);
  await close();
}, 30_000);

test("a newer client listens over HTTP", async () => {
  const { run_id } = (await t.call("run_start", { ...START, pipeline: "heard" })) as unknown as {
    run_id: string;
  };
  const { client, close } = await connectHttp(served, { token: BOB });
  const told: string[] = [];
  client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
    told.push(params.uri);
  });
  await client.listen({ resourceSubscriptions: [`mlpipeline://runs/${run_id}`] });
  await t.call("comment_add", { run_id, text: "one" });
  await until("the update", () => (told.length > 0 ? true : undefined));
  await close();
}, 30_000);

describe("a token", () => {
  test.each([
    ["none", {}],
    ["an unknown one", { authorization: "Bearer 0123456789abcdef0123" }],
    ["another scheme", { authorization: "Basic Ym9iOmJvYg==" }],
  ] as const)("%s is refused with a challenge that names the metadata", async (_what, headers) => {
    const response = await post("tools/list", {}, { authorization: "", ...headers });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("oauth-protected-resource");
  });

  test("for another audience, expired, without an end, unsigned or signed by others is refused", async () => {
    const other = await generateKeyPair("ES256");
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"sub":"tess","scope":"pipeline:admin"}').toString("base64url")}.`;
    const shared = await new SignJWT({ scope: "pipeline:read" })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("bob")
      .setExpirationTime("5m")
      .sign(new TextEncoder().encode("0123456789abcdef0123456789abcdef"));
    const endless = await new SignJWT({ scope: "pipeline:read" })
      .setProtectedHeader({ alg: "ES256", kid: "k1" })
      .setIssuer("https://id.example.com")
      .setSubject("bob")
      .setAudience(AUDIENCE)
      .sign(keys.privateKey);
    const stranger = await new SignJWT({ scope: "pipeline:read" })
      .setProtectedHeader({ alg: "ES256", kid: "k1" })
      .setIssuer("https://id.example.com")
      .setSubject("bob")
      .setAudience(AUDIENCE)
      .setExpirationTime("5m")
      .sign(other.privateKey);
    for (const token of [
      await jwt({}, "https://elsewhere.example.com/mcp"),
      await jwt({}, AUDIENCE, "-1m"),
      endless,
      none,
      shared,
      stranger,
    ])
      expect((await post("tools/list", {}, { authorization: `Bearer ${token}` })).status).toBe(401);
  });

  test("lists what its scopes allow, and a call beyond them is 403 with the missing scope", async () => {
    const reading = { authorization: `Bearer ${await jwt()}` };
    const list = (await (await post("tools/list", {}, reading)).json()) as {
      result: { tools: { name: string }[] };
    };
    const names = list.result.tools.map((tool) => tool.name);
    expect(names).toContain("pipeline_status");
    expect(names).not.toContain("run_start");
    const beyond = await post("tools/call", { name: "run_start", arguments: START }, reading);
    expect(beyond.status).toBe(403);
    expect(beyond.headers.get("www-authenticate")).toMatch(/insufficient_scope.*pipeline:run/);
    const nothing = { authorization: `Bearer ${await jwt({ scope: "email" })}` };
    expect((await post("tools/list", {}, nothing)).status).toBe(403);
  });

  test("gives no rights that its person lacks", async () => {
    const wide = {
      authorization: `Bearer ${await jwt({ scope: "pipeline:read pipeline:run pipeline:admin pipeline:deploy" })}`,
    };
    const answer = await post("tools/call", { name: "pipeline_status", arguments: {} }, wide);
    expect(answer.status).toBe(200);
    const guest = await post(
      "tools/call",
      { name: "pipeline_status", arguments: {} },
      { authorization: `Bearer ${GUEST}` },
    );
    expect(await guest.text()).toContain("UNKNOWN_PERSON");
  });

  test("is described by the metadata of the protected resource", async () => {
    const response = await fetch(`${served.url}/.well-known/oauth-protected-resource/mcp`);
    expect(await response.json()).toMatchObject({
      resource: AUDIENCE,
      authorization_servers: ["https://id.example.com"],
    });
  });
});

describe("a request", () => {
  test.each([
    ["from another site's page", { origin: "https://evil.example.com" }, 403],
    ["from a page without an address", { origin: "null" }, 403],
    ["of another type", { "content-type": "text/plain" }, 415],
    ["whose header names another method", { "mcp-method": "tools/call" }, 400],
    ["of a revision from the future", { "mcp-protocol-version": "2099-01-01" }, 400],
  ] as const)("%s is refused", async (_what, headers, status) => {
    expect((await post("tools/list", {}, headers)).status).toBe(status);
  });

  test("without its metadata, or with another revision in it, is refused in words", async () => {
    const bare = await post("tools/list", {}, {}, {});
    expect(bare.status).toBe(400);
    const other = await post(
      "tools/list",
      {},
      { "mcp-protocol-version": "2026-01-01" },
      { ...META, "io.modelcontextprotocol/protocolVersion": "2026-01-01" },
    );
    expect(await other.json()).toMatchObject({ error: { code: -32022 } });
  });

  test("with broken JSON, a batch of nonsense or too much of it harms nothing", async () => {
    const raw = (body: string) =>
      fetch(`${served.url}/mcp`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          authorization: `Bearer ${BOB}`,
        },
        body,
      });
    expect((await raw("{")).status).toBe(400);
    expect((await raw("[]")).status).toBe(400);
    expect((await raw('{"jsonrpc":"1.0"}')).status).toBe(400);
    const large = await raw(JSON.stringify({ pad: "x".repeat(1_100_000) })).then(
      (response) => response.status,
      () => 413,
    );
    expect(large).toBe(413);
    expect((await post("tools/list")).status).toBe(200);
  });

  test("of a removed or unknown method is answered 404", async () => {
    for (const method of ["initialize", "ping", "resources/subscribe", "nothing/here"])
      expect((await post(method)).status).toBe(404);
  });
});

test("too many requests of one principal are asked to wait", async () => {
  const limited = await createTestApp({
    workspace: "surfaces: {mcp: {http: true, rate_per_minute: 10}}",
  });
  const own = await serveHttp(limited, [{ name: "tess", token: BOB }]);
  const ask = () =>
    fetch(`${own.url}/mcp`, { method: "GET", headers: { authorization: `Bearer ${BOB}` } });
  const statuses: number[] = [];
  for (let at = 0; at < 7; at++) statuses.push((await ask()).status);
  const last = await ask();
  expect(statuses.at(-1)).toBe(429);
  expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
  const denied = await fetch(`${own.url}/mcp`, { method: "GET" });
  expect(denied.status).toBe(401);
  expect(denied.headers.get("www-authenticate")).toBeNull();
  await own.close();
  await limited.close();
}, 30_000);

test("an address that others reach is refused without a token", async () => {
  const open = await createTestApp({
    workspace: "surfaces: {mcp: {http: true}}\nhttp: {bind: 0.0.0.0}",
  });
  await expect(
    mountMcp(open.app, {
      workspace: open.config.workspace,
      tokens: [],
      osUser: "tess",
      root: process.cwd(),
      homeKey: "0".repeat(64),
    }),
  ).rejects.toMatchObject({ code: "MCP_NEEDS_AUTH" });
  await open.close();
}, 30_000);

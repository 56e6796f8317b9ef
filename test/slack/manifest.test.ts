import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { App } from "@slack/bolt";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import type { SlackDeps } from "../../src/slack/deps.ts";
import { registerListeners } from "../../src/slack/listeners/register.ts";
import {
  EVENTS,
  OPTIONAL_SCOPE_USES,
  SCOPE_USES,
  SCOPELESS,
  slackManifest,
} from "../../src/slack/manifest.ts";
import { ManifestSchema } from "../../src/slack/manifest-schema.ts";

const BASE = "https://mlpipeline.example.com";
const FORMS = [{ mode: "socket" } as const, { mode: "http", base: BASE } as const];

/** Every Web API method that the surface names, read from its sources: what is called is what is granted. */
const methodsCalled = async (): Promise<readonly string[]> => {
  const root = join(process.cwd(), "src", "slack");
  const files = (await readdir(root, { recursive: true })).filter(
    (file) => file.endsWith(".ts") && !/manifest|rates|paced-api/.test(file),
  );
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), "utf8")));
  const quoted = texts.flatMap((text) =>
    [
      ...text.matchAll(
        /"((?:auth|chat|views|users|usergroups|conversations|files|assistant|agents)\.[A-Za-z.]+)"/g,
      ),
    ].map((match) => match[1] ?? ""),
  );
  return [...new Set(quoted)].sort();
};

test.each(FORMS)("the manifest for mode $mode keeps every cap of Slack's", (form) => {
  expect(ManifestSchema.safeParse(slackManifest(form)).error).toBeUndefined();
});

test("manifest.yml is what its source generates for Socket Mode", () => {
  const generated = stringify(slackManifest({ mode: "socket" }), { lineWidth: 0 });
  expect(readFileSync("manifest.yml", "utf8")).toBe(generated);
});

test("the two forms differ in how Slack reaches the app and in nothing else", () => {
  const withoutTransport = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (key, item) =>
        ["url", "request_url", "message_menu_options_url", "socket_mode_enabled"].includes(key)
          ? undefined
          : item,
      ),
    );
  const [socket, http] = FORMS.map((form) => withoutTransport(slackManifest(form)));
  expect(http).toEqual(socket);
  const addresses = JSON.stringify(slackManifest({ mode: "http", base: BASE })).match(
    /https:[^"]+/g,
  );
  expect(new Set(addresses)).toEqual(new Set([`${BASE}/slack/events`]));
});

test("a key that Slack does not know, and a text over its cap, are refused", () => {
  const good = slackManifest({ mode: "socket" });
  expect(ManifestSchema.safeParse({ ...good, made_up: true }).success).toBe(false);
  const info = { ...good.display_information, name: "n".repeat(36) };
  expect(ManifestSchema.safeParse({ ...good, display_information: info }).success).toBe(false);
  const short = { ...good.display_information, long_description: "too short" };
  expect(ManifestSchema.safeParse({ ...good, display_information: short }).success).toBe(false);
});

test("every method that is called has its scope, and every scope a caller or an event", async () => {
  const called = await methodsCalled();
  expect(called).toContain("chat.postMessage");
  const granted: readonly string[] = Object.values({
    ...SCOPE_USES,
    ...OPTIONAL_SCOPE_USES,
  }).flat();
  const scopeless: readonly string[] = SCOPELESS;
  const methods = granted.filter((use) => use.includes(".") && !use.startsWith("event:"));
  expect(called).toEqual([...new Set([...methods, ...scopeless])].sort());
  const events = granted.filter((use) => use.startsWith("event:")).map((use) => use.slice(6));
  expect(Object.keys(EVENTS)).toEqual(expect.arrayContaining(events));
  const { features } = slackManifest({ mode: "socket" });
  const rest = granted.filter((use) => !use.includes("."));
  expect(rest.filter((use) => use !== "command" && !use.startsWith("event:"))).toEqual(
    expect.arrayContaining(
      Object.keys(features).filter((name) => ["shortcuts", "agent_view"].includes(name)),
    ),
  );
});

test("nothing asks for a history, an e-mail address or a channel that it was not invited to", () => {
  const all = [...Object.keys(SCOPE_USES), ...Object.keys(OPTIONAL_SCOPE_USES)];
  const unwanted = /(channels|groups|mpim):history|email|public|:join|reactions/;
  expect(all.filter((scope) => unwanted.test(scope))).toEqual([]);
});

test("every event that a listener wants is subscribed, and every one that is subscribed has its listener", () => {
  const wanted: string[] = [];
  const app = new App({
    authorize: async () => ({}),
    receiver: { init: () => {}, start: async () => {}, stop: async () => {} },
  });
  const event = app.event.bind(app) as (name: unknown, ...listeners: unknown[]) => void;
  Object.assign(app, {
    event: (name: unknown, ...listeners: unknown[]) => {
      wanted.push(String(name));
      event(name, ...listeners);
    },
    message: () => wanted.push("message.im"),
  });
  registerListeners(app, {} as SlackDeps);
  const subscribed = Object.entries(EVENTS)
    .filter(([, who]) => who === "listeners")
    .map(([name]) => name);
  const names = wanted.map((name) => (name === "message" ? "message.im" : name));
  expect([...new Set(names)].sort()).toEqual(subscribed.sort());
});

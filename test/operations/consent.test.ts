import { afterEach, beforeEach, expect, test } from "vitest";
import type { Actor } from "../../src/engine/command.ts";
import { hasConsent } from "../../src/runtime/claude/consent.ts";
import { createTestApp, type TestApp } from "../support/test-app.ts";

const WORKSPACE = (level: string) => `
people:
  - {id: tess, name: Tess, os: [tess], slack: ["T1:U1"]}
  - {id: ada, name: Ada, slack: ["T1:U3"], roles: [boss]}
roles: {boss: [admin, run, deploy, approve]}
policy: {owner: tess}
claude: {data: ${level}}
`;
const slack = (person: string | null, account: string): Actor => ({
  person,
  via: "slack",
  ref: account,
  model: false,
});
const TESS = slack("tess", "T1/U1");
const ADA = slack("ada", "T1/U3");
const MODEL: Actor = { person: "tess", via: "mcp", ref: "stdio/tess", model: true };

let t: TestApp;
beforeEach(async () => {
  t = await createTestApp({
    workspace: WORKSPACE("aggregates"),
    environment: { SLACK_BOT_TOKEN: "xoxb-test", SLACK_APP_TOKEN: "xapp-test" },
  });
});
afterEach(() => t.close());
const ask = (level: string | undefined, actor: Actor) =>
  t.call("data_consent", level === undefined ? {} : { level }, { actor }) as Promise<
    Record<string, unknown>
  >;
const covered = (level: "schema" | "aggregates" | "rows") =>
  hasConsent({
    store: t.app.store,
    config: { ...t.app.deps.config, claude: { ...t.app.deps.config.claude, data: level } },
  });

test("nothing is agreed to at first, and it is said what would leave and who may agree", async () => {
  expect(await ask(undefined, ADA)).toMatchObject({
    wanted: "aggregates",
    agreed: null,
    covered: false,
    next: "the owner agrees with: consent aggregates",
  });
  expect(await covered("schema")).toBe(false);
});

test("the owner agrees once, and it stands with who and when in the audit log", async () => {
  expect(await ask("aggregates", TESS)).toMatchObject({
    agreed: "aggregates",
    by: "tess",
    covered: true,
    next: null,
  });
  const found: unknown = await t.call("audit_search", { action: "DataConsent" }, { actor: TESS });
  expect(found).toMatchObject({ lines: [{ subject: "aggregates", person: "tess" }] });
  expect((await t.app.store.verify(null)).map((one) => one.fault)).toEqual([null]);
});

test("a higher setting asks again, a lower one does not, and consent can be taken back", async () => {
  await ask("aggregates", TESS);
  expect(await covered("schema")).toBe(true);
  expect(await covered("aggregates")).toBe(true);
  expect(await covered("rows")).toBe(false);
  expect(await ask("none", TESS)).toMatchObject({ agreed: null, covered: false });
  expect(await covered("schema")).toBe(false);
});

test.each([
  ["an admin", ADA, "OWNER_ONLY"],
  ["a stranger", slack(null, "T1/U9"), "UNKNOWN_PERSON"],
  ["a model that acts for the owner", MODEL, "PEOPLE_ONLY"],
])("%s cannot agree", async (_, actor, code) => {
  await expect(ask("rows", actor)).rejects.toMatchObject({ code });
  expect(await covered("schema")).toBe(false);
});

test("what is no level is refused", async () => {
  await expect(ask("everything", TESS)).rejects.toMatchObject({ code: "INVALID_INPUT" });
});

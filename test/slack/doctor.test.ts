import { afterEach, beforeEach, expect, test } from "vitest";
import { examineSlack } from "../../src/slack/doctor.ts";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack/server.ts";

const SLOW = 30_000;
let slack: FakeSlack;
beforeEach(async () => {
  slack = await startFakeSlack({ rates: "off", optionalScopes: false });
});
afterEach(() => slack.close());

const examine = (more: { readonly apiUrl?: string; readonly appToken?: string } = {}) =>
  examineSlack({
    botToken: slack.workspace.botToken,
    via: { mode: "socket", appToken: more.appToken ?? slack.workspace.appToken },
    apiUrl: more.apiUrl ?? slack.url,
  });

test(
  "a sound installation: whose token it is, its scopes with what the optional ones lack, a socket",
  async () => {
    expect(await examine()).toEqual([
      expect.objectContaining({ what: "slack token", ok: true }),
      {
        what: "slack scopes",
        ok: true,
        said: expect.stringMatching(/all \d+ are granted; without usergroups:read/),
        next: null,
      },
      expect.objectContaining({ what: "slack socket", ok: true }),
    ]);
  },
  SLOW,
);

test(
  "a scope that was not granted, a revoked token, a wrong app token and an outage each say what to do",
  async () => {
    expect((await examine({ appToken: "xapp-wrong" }))[2]).toMatchObject({
      ok: false,
      said: expect.stringContaining("SLACK_APP_TOKEN"),
      next: expect.any(String),
    });
    const installation = slack.workspace.installations.get(slack.workspace.botToken);
    if (!installation) throw new Error("no installation");
    Object.assign(installation, {
      scopes: new Set([...installation.scopes].filter((one) => one !== "users:read")),
    });
    expect((await examine())[1]).toMatchObject({ ok: false, said: "not granted: users:read" });
    installation.state = "token_revoked";
    expect(await examine()).toMatchObject([
      { ok: false, said: expect.stringContaining("token_revoked") },
    ]);
    expect(await examine({ apiUrl: "http://127.0.0.1:9/api/" })).toMatchObject([
      { what: "slack token", ok: false, said: expect.stringContaining("not reached") },
    ]);
  },
  SLOW,
);

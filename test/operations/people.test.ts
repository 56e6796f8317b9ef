import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "../../src/engine/command.ts";
import { createTestApp, START, type TestApp } from "../support/test-app.ts";

const WORKSPACE = `
people:
  - {id: tess, name: Tess, os: [tess], slack: ["T1:U1"]}
  - {id: rae, name: Rae, slack: ["T1:U2"], roles: [runner]}
  - {id: ada, name: Ada, slack: ["T1:U3"], roles: [boss]}
  - {id: vic, name: Vic, slack: ["T1:U4"]}
roles: {runner: [run], boss: [admin, run]}
policy: {owner: tess, default: {people: [vic], quorum: 1}}
`;
const TOKENS = { SLACK_BOT_TOKEN: "xoxb-test", SLACK_APP_TOKEN: "xapp-test" };

const slack = (person: string | null, account: string): Actor => ({
  person,
  via: "slack",
  ref: account,
  model: false,
});
const TESS = slack("tess", "T1/U1");
const RAE = slack("rae", "T1/U2");
const ADA = slack("ada", "T1/U3");
const VIC = slack("vic", "T1/U4");
const STRANGER = slack(null, "T1/U9");
const MODEL: Actor = { person: "tess", via: "mcp", ref: "stdio/tess", model: true };
const BOT = slack(null, "bot");

const intact = async (t: TestApp) => (await t.app.store.verify(null)).map((one) => one.fault);

describe("who may do what", () => {
  let t: TestApp;
  beforeAll(async () => {
    t = await createTestApp({ workspace: WORKSPACE, environment: TOKENS });
  });
  afterAll(() => t.close());
  const code = (operation: string, input: object, actor: Actor) =>
    t.call(operation, input, { actor }).then(
      () => "done",
      (error: { code?: string }) => error.code ?? String(error),
    );

  test.each([
    ["an unknown account reads nothing", "pipeline_status", {}, STRANGER, "UNKNOWN_PERSON"],
    ["a person without roles reads", "pipeline_status", {}, slack("vic", "T1/U4"), "done"],
    ["a person without roles starts nothing", "run_start", START, VIC, "NOT_ALLOWED"],
    [
      "a role gives what it says",
      "run_control",
      { run_id: "none", action: "pause" },
      RAE,
      "RUN_NOT_FOUND",
    ],
    ["and nothing more", "people_set", { person: "new", name: "New" }, RAE, "NOT_ALLOWED"],
    [
      "whom the policy names may vote",
      "approval_vote",
      { approval: "none", decision: "approve" },
      VIC,
      "APPROVAL_NOT_FOUND",
    ],
    [
      "whom nothing names may not",
      "approval_vote",
      { approval: "none", decision: "approve" },
      RAE,
      "NOT_AN_APPROVER",
    ],
    ["the owner may everything", "policy_set", { rules: { deadline: "12h" } }, TESS, "done"],
    [
      "a model never votes, whoever it acts for",
      "approval_vote",
      { approval: "none", decision: "approve" },
      MODEL,
      "PEOPLE_ONLY",
    ],
    ["a model makes no link code", "identity_link", {}, MODEL, "PEOPLE_ONLY"],
    ["a model sets no policy", "policy_set", {}, MODEL, "PEOPLE_ONLY"],
    ["the bot reads what it shows", "pipeline_status", {}, BOT, "done"],
    [
      "and changes nothing",
      "run_control",
      { run_id: "none", action: "pause" },
      BOT,
      "UNKNOWN_PERSON",
    ],
    [
      "nobody but the bot makes the bot's codes",
      "vote_code_issue",
      { approval_id: "none", person: "tess" },
      TESS,
      "PEOPLE_ONLY",
    ],
  ])("%s", async (_what, operation, input, actor, expected) => {
    expect(await code(operation, input, actor)).toBe(expected);
  });

  test("a refusal names who can help and the line to add, and a refused write is in the audit log", async () => {
    await expect(t.call("run_start", START, { actor: STRANGER })).rejects.toMatchObject({
      code: "UNKNOWN_PERSON",
      next: expect.stringContaining('slack: ["T1:U9"]'),
    });
    await expect(t.call("run_start", START, { actor: VIC })).rejects.toMatchObject({
      next: expect.stringMatching(/ask tess.*role with run/),
    });
    const { lines } = (await t.call("audit_search", {
      action: "Refused.run_start",
    })) as unknown as {
      lines: { person?: string; detail: string }[];
    };
    expect(lines.map((line) => line.detail)).toEqual(
      expect.arrayContaining([
        expect.stringContaining("UNKNOWN_PERSON"),
        expect.stringContaining("NOT_ALLOWED"),
      ]),
    );
    const reads = (await t.call("audit_search", {
      action: "Refused.pipeline_status",
    })) as unknown as { lines: unknown[] };
    expect(reads.lines).toEqual([]);
  });

  test("guests read where the workspace lets them, and only that", async () => {
    const guests = await createTestApp({
      workspace: `${WORKSPACE}surfaces: {slack: {guests: read}}\n`,
      environment: TOKENS,
    });
    await guests.call("pipeline_status", {}, { actor: STRANGER });
    await expect(guests.call("run_start", START, { actor: STRANGER })).rejects.toMatchObject({
      code: "UNKNOWN_PERSON",
    });
    await guests.call("people_set", { person: "gone", name: "Gone", active: false });
    const gone = slack("gone", "T1/U7");
    await expect(guests.call("pipeline_status", {}, { actor: gone })).rejects.toMatchObject({
      code: "UNKNOWN_PERSON",
    });
    await guests.close();
  }, 30_000);
});

describe("people and accounts", () => {
  let t: TestApp;
  beforeEach(async () => {
    t = await createTestApp({ workspace: WORKSPACE, environment: TOKENS });
  });
  afterEach(async () => {
    expect(await intact(t)).toEqual([null]);
    await t.close();
  });
  const set = (input: object, actor = TESS) =>
    t.call("people_set", input, { actor }) as unknown as Promise<Record<string, unknown>>;

  test("an admin adds a person with an account, who then acts as that person", async () => {
    const made = await set(
      { person: "new", name: "New", roles: ["runner"], add: [{ kind: "slack", account: "T1:U8" }] },
      ADA,
    );
    expect(made).toMatchObject({
      person: "new",
      roles: ["runner"],
      scopes: ["read", "run"],
      fixed: false,
      accounts: [{ kind: "slack", account: "T1/U8", fixed: false }],
    });
    expect((await t.app.store.people.byIdentity("slack", "T1/U8"))?.id).toBe("new");
    await set({ person: "new", active: false }, ADA);
    expect(await t.app.store.people.byIdentity("slack", "T1/U8")).toBeNull();
  });

  test.each([
    ["a person of the file is not renamed", { person: "vic", name: "X" }, TESS, "FILE_FIXED"],
    ["nor given roles", { person: "vic", roles: ["boss"] }, TESS, "FILE_FIXED"],
    [
      "an account of the file stays",
      { person: "vic", remove: [{ kind: "slack", account: "T1:U4" }] },
      TESS,
      "FILE_FIXED",
    ],
    [
      "nobody takes another's account",
      { person: "vic", add: [{ kind: "slack", account: "T1:U2" }] },
      TESS,
      "IDENTITY_TAKEN",
    ],
    [
      "an admin does not touch the owner's accounts",
      { person: "tess", add: [{ kind: "slack", account: "T1:U5" }] },
      ADA,
      "OWNER_ONLY",
    ],
    ["a new person needs a name", { person: "new" }, TESS, "INVALID_INPUT"],
    ["the owner is not taken away", { person: "tess", active: false }, TESS, "OWNER_ONLY"],
    [
      "what is not there is not taken away",
      { person: "vic", remove: [{ kind: "os", account: "vic" }] },
      TESS,
      "IDENTITY_NOT_FOUND",
    ],
  ])("%s", async (_what, input, actor, expected) => {
    await expect(set(input, actor)).rejects.toMatchObject({ code: expected });
  });

  test("a code made in Slack ties the terminal to the same person, once", async () => {
    const made = (await t.call("identity_link", {}, { actor: VIC })) as unknown as { code: string };
    expect(made.code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    const shell: Actor = { person: null, via: "cli", ref: "host/victor", model: false };
    const typed = ` ${made.code.toLowerCase()} `;
    expect(
      await t.call("identity_link", { code: typed }, { actor: shell, key: "k1" }),
    ).toMatchObject({ person: "vic", tied: true, already: false });
    expect((await t.app.store.people.byIdentity("os", "victor"))?.id).toBe("vic");
    // The same call again, after its answer was lost, is no second use; another call is.
    expect(
      await t.call("identity_link", { code: made.code }, { actor: shell, key: "k1" }),
    ).toMatchObject({ person: "vic", tied: true });
    await expect(
      t.call("identity_link", { code: made.code }, { actor: { ...shell, ref: "host/eve" } }),
    ).rejects.toMatchObject({ code: "CODE_INVALID" });
  });

  test("five wrong tries end a code", async () => {
    const { code } = (await t.call("identity_link", {}, { actor: VIC })) as unknown as {
      code: string;
    };
    const shell: Actor = { person: null, via: "cli", ref: "host/victor", model: false };
    const wrong = `${code.slice(0, 10)}${code.endsWith("2222") ? "3333" : "2222"}`;
    for (let n = 0; n < 5; n++) {
      await expect(
        t.call("identity_link", { code: wrong }, { actor: shell }),
      ).rejects.toMatchObject({ code: "CODE_INVALID" });
    }
    await expect(t.call("identity_link", { code }, { actor: shell })).rejects.toMatchObject({
      code: "CODE_INVALID",
    });
  });

  test("an account that is somebody's is not tied to another person by a code", async () => {
    const { code } = (await t.call("identity_link", {}, { actor: VIC })) as unknown as {
      code: string;
    };
    await expect(t.call("identity_link", { code }, { actor: RAE })).rejects.toMatchObject({
      code: "IDENTITY_TAKEN",
    });
    await expect(
      t.call("identity_link", { claim: code }, { actor: STRANGER }),
    ).rejects.toMatchObject({ code: "CODE_INVALID" });
  });

  test("a code stands nowhere in the database", async () => {
    const { code } = (await t.call("identity_link", {}, { actor: VIC })) as unknown as {
      code: string;
    };
    const secret = code.slice(5).replace("-", "");
    const kept = JSON.stringify([
      await t.app.store.codes.live({ purpose: "link", nowMs: 0 }),
      (await t.app.store.audit.search({})).items,
      await t.app.store.outbox.list({}),
      await t.app.store.settings.list(""),
    ]);
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(code.slice(5));
  });
});

describe("the owner", () => {
  test("is whoever claims the home in Slack with the code of init, once", async () => {
    const t = await createTestApp({ environment: TOKENS });
    const first = await t.app.renewClaim();
    const second = await t.app.renewClaim();
    const claim = (code: string | null, actor: Actor) =>
      t.call("identity_link", { claim: code }, { actor });
    await expect(claim(first, STRANGER)).rejects.toMatchObject({ code: "CODE_INVALID" });
    expect(await claim(second, STRANGER)).toMatchObject({
      person: "tess",
      owner: true,
      tied: true,
    });
    expect((await t.app.store.people.byIdentity("slack", "T1/U9"))?.id).toBe("tess");
    expect(await t.app.renewClaim()).toBeNull();
    await expect(claim(second, slack(null, "T1/U10"))).rejects.toMatchObject({
      code: "CODE_INVALID",
    });
    expect(await intact(t)).toEqual([null]);
    await t.close();
  }, 30_000);
});

describe("mlpipeline.yml", () => {
  test("going back to an earlier list of people takes hold, and who left loses accounts and rights", async () => {
    const one = "people: [{id: tess, name: Tess, os: [tess]}]\npolicy: {owner: tess}\n";
    const two = `people: [{id: tess, name: Tess, os: [tess]}, {id: bo, name: Bo, slack: ["T1:U2"]}]\npolicy: {owner: tess}\n`;
    let t = await createTestApp({ workspace: one });
    const { dir } = t;
    const bo = () => t.app.store.people.byIdentity("slack", "T1/U2");
    for (const [workspace, there] of [
      [two, true],
      [one, false],
      [two, true],
      [one, false],
    ] as const) {
      t.app.close();
      t = await createTestApp({ workspace, dir });
      expect((await bo()) !== null).toBe(there);
      expect(await intact(t)).toEqual([null]);
    }
    expect(await t.app.store.people.identities("bo")).toEqual([]);
    await t.call("people_set", {
      person: "cy",
      name: "Cy",
      add: [{ kind: "slack", account: "T1:U3" }],
    });
    t.app.close();
    t = await createTestApp({ workspace: two, dir });
    expect((await t.app.store.people.byIdentity("slack", "T1/U3"))?.id).toBe("cy");
    await t.close();
  }, 60_000);
});

describe("policy", () => {
  let t: TestApp;
  beforeEach(async () => {
    t = await createTestApp({ workspace: WORKSPACE, environment: TOKENS });
  });
  afterEach(async () => {
    expect(await intact(t)).toEqual([null]);
    await t.close();
  });
  const set = (input: object, actor = TESS) =>
    t.call("policy_set", input, { actor }) as unknown as Promise<{
      version: string;
      levels: { level: string; rules: object; fixed: string[] }[];
      resolved: { of: string; quorum: number; deadline: string; people: string[] }[];
      roles: object[];
    }>;

  test("a change holds at once for what opens later, and can be taken back", async () => {
    const before = await set({});
    const after = await set({ level: "phase.3", rules: { deadline: "2h", reminders: ["30m"] } });
    expect(after.version).not.toBe(before.version);
    expect(after.levels.find((one) => one.level === "phase.3")).toEqual({
      level: "phase.3",
      rules: { deadline: "2h", reminders: ["30m"] },
      fixed: ["people", "quorum"],
    });
    expect(after.resolved.find((one) => one.of === "phase.3")).toMatchObject({ deadline: "2h" });
    expect(after.resolved.find((one) => one.of === "phase.2")).toMatchObject({ deadline: "1d" });
    const back = await set({ level: "phase.3", unset: ["deadline", "reminders"] });
    expect(back.resolved).toEqual(before.resolved);
  });

  test.each([
    ["what the file fixes is refused", { rules: { quorum: 2 } }, TESS, "FILE_FIXED"],
    [
      "also at a more specific level",
      { level: "phase.1", rules: { quorum: 3 } },
      TESS,
      "FILE_FIXED",
    ],
    ["a role of the file", { roles: { runner: ["admin"] } }, TESS, "FILE_FIXED"],
    ["the owner of the file", { owner: "ada" }, TESS, "FILE_FIXED"],
    ["less proof is the owner's to allow", { rules: { unattested: "allow" } }, ADA, "OWNER_ONLY"],
    ["lower levels too", { rules: { min_level: { tests: "parsed" } } }, ADA, "OWNER_ONLY"],
    [
      "somebody unknown is not named",
      { rules: { escalate_to: [["nobody"]] } },
      ADA,
      "PERSON_NOT_FOUND",
    ],
    ["a level that does not exist", { level: "phase.9" }, TESS, "INVALID_INPUT"],
    ["a duration that is none", { rules: { deadline: "soon" } }, TESS, "INVALID_INPUT"],
  ])("%s", async (_what, input, actor, expected) => {
    await expect(set(input, actor)).rejects.toMatchObject({ code: expected });
  });

  test("a role set by command gives its scopes", async () => {
    await set({ roles: { tester: ["run"] } }, ADA);
    await t.call("people_set", { person: "new", name: "New", roles: ["tester"] }, { actor: ADA });
    const actor = slack("new", "T1/U8");
    await expect(
      t.call("run_control", { run_id: "none", action: "pause" }, { actor }),
    ).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });
});

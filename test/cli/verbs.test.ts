import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { runProgram } from "../../src/cli/program.ts";
import type { Session } from "../../src/cli/session.ts";
import type { Actor } from "../../src/engine/command.ts";
import { isProductError } from "../../src/lib/errors.ts";
import type { Definition } from "../../src/operations/define.ts";
import { CLI_HARNESS } from "../support/harness.ts";
import { createTestApp, START, type TestApp } from "../support/test-app.ts";

const run = promisify(execFile);
const SLOW = 300_000;

const WORKSPACE = `
people:
  - {id: tess, name: Tess, os: [tess], slack: ["T1:U1"], roles: [boss]}
  - {id: bo, name: Bo, os: [bo], slack: ["T1:U2"]}
roles: {boss: [run, approve, admin]}
policy: {owner: tess, default: {people: [tess, bo], self_approval: true, min_level: {training: unverified, tests: unverified, else: unverified}}}
`;
const TOKENS = { SLACK_BOT_TOKEN: "xoxb-test", SLACK_APP_TOKEN: "xapp-test" };
const BOT: Actor = { person: null, via: "slack", ref: "bot", model: false };

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let t: TestApp;
let runId: string;
let name: string;
let approval: string;

/** The terminal of one operating-system user, as a process of its own, without Slack's tokens. */
const terminal =
  (user: string) =>
  async (...args: string[]): Promise<Said> => {
    const { SLACK_APP_TOKEN: _app, SLACK_BOT_TOKEN: _bot, ...inherited } = process.env;
    const env = {
      ...inherited,
      USER: user,
      MLPIPELINE_HOME: join(t.dir, "home"),
      PROMPTS_DIR: join(t.dir, "prompts"),
    };
    try {
      const { stderr, stdout } = await run(process.execPath, [CLI_HARNESS, ...args], {
        env,
        timeout: 60_000,
      });
      return { code: 0, out: stdout, err: stderr };
    } catch (error) {
      const { code, stderr, stdout } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout, err: stderr };
    }
  };

beforeAll(async () => {
  t = await createTestApp({ workspace: WORKSPACE, environment: TOKENS });
  const started = (await t.call("run_start", START)) as unknown as { run_id: string; run: string };
  runId = started.run_id;
  name = started.run;
  const end = await t.drive(runId);
  if (end.kind !== "handoff") throw new Error(JSON.stringify(end));
  approval = end.approvalId;
}, SLOW);
afterAll(() => t.close());

const state = async () => (await t.app.store.runs.state(runId)).approvals[approval];

test(
  "a vote from the terminal of a home with Slack counts with the code that Slack sent to that person, and else not",
  async () => {
    const tess = terminal("tess");
    // Also a terminal that knows none of Slack's tokens is one of a home with Slack.
    const unproved = await tess("approve", name);
    expect(unproved.out).toContain("recorded; the approval stays open");
    expect(unproved.out).toContain("not proved");
    expect(await state()).toMatchObject({ status: "open", votes: [{ attested: "none" }] });

    const asked = await tess("approve", name, "--send-code");
    expect(asked.out).toContain("Slack sends T1/U1 a code");
    const [row] = (await t.app.store.outbox.list({ target: "slack", limit: 200 })).filter(
      (one) => one.kind === "code",
    );
    expect(row?.body).toEqual({ run_id: runId, ref: approval, person: "tess" });
    const issue = (person: string) =>
      t.call(
        "vote_code_issue",
        { approval_id: approval, person },
        { actor: BOT },
      ) as unknown as Promise<{ code: string; accounts: string[] }>;
    const other = await issue("bo");
    const { accounts, code } = await issue("tess");
    expect(accounts).toEqual(["T1/U1"]);
    const wrong = await tess("approve", name, "--code", other.code);
    expect(wrong).toMatchObject({ code: 3, err: expect.stringContaining("CODE_INVALID") });
    const vote = ["approve", approval, "--code", code, "--key", "k1", "--json"];
    expect(JSON.parse((await tess(...vote)).out)).toMatchObject({
      outcome: "approved",
      attested: "code",
    });
    expect(JSON.parse((await tess(...vote)).out)).toMatchObject({ attested: "code" });
    expect((await tess("approve", approval, "--code", code)).code).toBe(3);
    expect(await state()).toMatchObject({
      status: "approved",
      votes: [{ person: "tess", attested: "code" }],
    });
  },
  SLOW,
);

/** The same verbs in this process, as one person: what is printed, or the code of the refusal. */
const typed = async (person: string | null, ...args: string[]): Promise<string> => {
  const actor: Actor = { person, via: "cli", ref: `host/${person ?? "eve"}`, model: false };
  const lines: string[] = [];
  const session: Session = {
    call: async <D extends Definition>(definition: D, input: z.input<D["input"]>) =>
      (await t.call(definition.name, input as object, { actor })) as z.output<D["output"]>,
    drive: t.drive,
    verify: async () => ({ ok: true, runs: [] }),
    repository: async () => "",
    homeDir: t.dir,
    slackConfigured: true,
    nowMs: t.app.deps.clock.nowMs,
    close: async () => {},
  };
  const none = async () => 0 as const;
  const unused = async (): Promise<never> => {
    throw new Error("not for these verbs");
  };
  try {
    await runProgram(args, {
      version: "test",
      context: (json) => ({
        io: { out: (text) => lines.push(text), err: (text) => lines.push(text), live: false, json },
        open: async () => session,
        stderr: process.stderr,
        stop: new AbortController().signal,
        ask: null,
      }),
      init: async () => ({ home: t.dir, owner: "tess", claimCode: null, created: false }),
      keeping: { backup: unused, restore: unused, bundle: unused, metrics: unused },
      serve: none,
      mcp: {
        serve: none,
        entry: () => ({ command: "node", args: [], env: {} }),
        check: async () => "",
      },
      demoDataset: "",
      demoHome: "",
    });
  } catch (error) {
    if (!isProductError(error)) throw error;
    return `${error.code}: ${error.message} ${error.next ?? ""}`;
  }
  return lines.join("\n");
};

describe("the terminal", () => {
  test("shows and changes people, and refuses who may not", async () => {
    const added = await typed(
      "tess",
      "people",
      "cy",
      "--name",
      "Cy",
      "--role",
      "boss",
      "--slack",
      "T1:U3",
    );
    expect(added).toMatch(/cy +Cy +boss +read, run, approve, admin +slack:T1\/U3 +set here/);
    expect(await typed("bo", "people", "cy", "--off")).toMatch(/NOT_ALLOWED.*ask tess/);
    expect(await typed("tess", "people", "bo", "--name", "X")).toContain("FILE_FIXED");
    expect(await typed("tess", "people", "cy", "--untie", "nothing")).toContain("INVALID_INPUT");
    expect(await typed("tess", "people", "cy", "--untie", "slack:T1/U3", "--off")).toContain(
      "(gone)",
    );
  });

  test("shows and changes the policy in the words of mlpipeline.yml", async () => {
    const set = await typed(
      "tess",
      "policy",
      "--level",
      "phase.3",
      "--set",
      "deadline=2h",
      "--set",
      "reminders=30m,1h",
    );
    expect(set).toMatch(/phase\.3 +tess, bo +1 +allowed +2h +30m, 1h/);
    const named = await typed(
      "tess",
      "policy",
      "--set",
      "escalate_to=bo;tess,bo",
      "--role",
      "reader=read",
    );
    expect(named).toContain('"escalate_to":[["bo"],["tess","bo"]]');
    expect(named).toMatch(/reader +read/);
    expect(await typed("tess", "policy", "--set", "people=cy")).toContain("FILE_FIXED");
    expect(await typed("tess", "policy", "--set", "quorum=many")).toContain("INVALID_INPUT");
    expect(await typed("tess", "policy", "nothing-of-the-kind")).toContain("PIPELINE_NOT_FOUND");
    expect(await typed("bo", "policy")).toMatch(/policy [0-9a-f]{12} · owner tess/);
  });

  test("links an account with a code made elsewhere", async () => {
    const made = JSON.parse(await typed("tess", "link", "--json")) as { code: string };
    expect(await typed(null, "link", made.code)).toContain("you are tess, the owner");
    expect((await t.app.store.people.byIdentity("os", "eve"))?.id).toBe("tess");
    expect(await typed(null, "claim", made.code)).toContain("CODE_INVALID");
  });

  test("compares runs and tells who did what", async () => {
    expect(await typed("bo", "compare", name, name)).toContain("the specs are equal");
    const csv = await typed("bo", "audit", name, "--format", "csv");
    expect(csv.split("\n").at(-1)).toMatch(/"StartRun"/);
    expect(csv).toContain("at,action,subject,person");
    expect(await typed("bo", "audit", "--action", "Nothing")).toContain(
      "nothing in the audit log fits",
    );
  });

  test("delegates and extends, until a moment in words", async () => {
    expect(await typed("tess", "delegate", name, "bo", "3d")).toContain("bo may vote for tess");
    expect(await typed("tess", "delegate", name, "nobody", "3d")).toContain("PERSON_NOT_FOUND");
    expect(await typed("tess", "delegate", name, "bo", "yesterday")).toContain("INVALID_INPUT");
    expect(await typed("bo", "extend", approval, "24h")).toMatch(/OWNER_ONLY|CLOSED/);
    expect(await typed("tess", "raise", name, "20")).toContain("asks for no budget");
    expect(await typed("tess", "unblock", name)).toContain("NOT_READY");
  });
});

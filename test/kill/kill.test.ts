import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { KILL_CHILD } from "../support/harness.ts";

const run = promisify(execFile);

/**
 * The named points that an offline run passes, with a target that records what the outbox gives it. Those that need a model call
 * follow below.
 */
const POINTS = [
  "command.begun",
  "command.appended",
  "command.committed",
  "role.locked",
  "role.fenced",
  "attempt.claimed",
  "facts.stored",
  "draft.rendered",
  "submit.stored",
  "submit.committed",
  "check.started",
  "check.finished",
  "approval.opened",
  "vote.committed",
  "outbox.claimed",
  "outbox.sent",
  "outbox.marked",
  "repo.committed",
  "repo.recorded",
  "migrate.applied",
  "shutdown.releasing",
];
/** These are passed once in a process. */
const ONCE = new Set(["role.locked", "role.fenced", "migrate.applied", "shutdown.releasing"]);

const rows = Array.from({ length: 240 }, (_, at) => {
  const day = new Date(Date.UTC(2020, 0, 1 + at)).toISOString().slice(0, 10);
  return `${day},${["red", "green", "blue"][at % 3]},${(at * 37) % 101},${(at * 7919) % 10 < 3 ? "yes" : "no"}`;
});
const DATA = `day,colour,amount,outcome\n${rows.join("\n")}\n`;

const newDir = async (): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), "mlpipeline-kill-"));
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "data.csv"), DATA);
  return dir;
};

type How = "offline" | "claude";

const child = async (dir: string, killAt?: string, how: How = "offline") => {
  const env = { ...process.env, ...(killAt === undefined ? {} : { MLPIPELINE_KILL_AT: killAt }) };
  try {
    const { stdout } = await run(process.execPath, [KILL_CHILD, dir, how], {
      env,
      timeout: 60_000,
    });
    return { killed: false, said: JSON.parse(stdout.trim().split("\n").at(-1) ?? "null") };
  } catch (error) {
    const { signal, stderr } = error as { signal?: string; stderr?: string };
    if (signal === "SIGKILL") return { killed: true, said: null };
    throw new Error(stderr ?? String(error));
  }
};

const whole = async (how: How): Promise<unknown> => {
  const dir = await newDir();
  const { said } = await child(dir, undefined, how);
  await rm(dir, { recursive: true, force: true });
  return said;
};

let undisturbed: unknown;
let undisturbedClaude: unknown;
beforeAll(async () => {
  undisturbed = await whole("offline");
  undisturbedClaude = await whole("claude");
}, 600_000);

test("an undisturbed run completes, with every approval given and every record made", () => {
  expect(undisturbed).toMatchObject({ status: "completed", runs: 1, fault: null, waiting: 0 });
  expect(undisturbed).toMatchObject({ shown: { run: 1, handoff: 4, step: 7 } });
});

describe.each(POINTS)("killed at %s", (point) => {
  test.each(ONCE.has(point) ? [1] : [1, 3])(
    "pass %i, the run goes on and ends as if nothing had happened",
    async (pass) => {
      const dir = await newDir();
      expect((await child(dir, `${point}:${pass}`)).killed).toBe(true);
      expect((await child(dir)).said).toEqual(undisturbed);
      await rm(dir, { recursive: true, force: true });
    },
    600_000,
  );
});

/** Points of a model's turn; every one is passed by each of the seven specialists. */
const CLAUDE_POINTS = [
  "call.reserved",
  "call.prepared",
  "call.sent",
  "call.streaming",
  "call.completed",
  "call.settled",
  "tool.before",
  "tool.after",
  "turn.recorded",
  "submit.stored",
];

test("an undisturbed run with Claude ends with nothing held and nothing refused", () => {
  expect(undisturbedClaude).toMatchObject({ status: "completed", held: 0, refused: [] });
});

describe.each(CLAUDE_POINTS)("with Claude, killed at %s", (point) => {
  test.each([1, 3])(
    "pass %i, the conversation goes on where it was",
    async (pass) => {
      const dir = await newDir();
      expect((await child(dir, `${point}:${pass}`, "claude")).killed).toBe(true);
      expect((await child(dir, undefined, "claude")).said).toEqual(undisturbedClaude);
      await rm(dir, { recursive: true, force: true });
    },
    600_000,
  );
});

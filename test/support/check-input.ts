import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findPython } from "../../src/checks/python.ts";
import { createSandbox } from "../../src/checks/sandbox/create-sandbox.ts";
import { probeSandbox } from "../../src/checks/sandbox/probe-sandbox.ts";
import { createTools } from "../../src/checks/tools.ts";
import type { CheckInput } from "../../src/checks/types.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { Facts } from "../../src/spec/facts.ts";
import { DELIVERABLES } from "../../src/spec/parts.ts";
import { ROLES } from "../../src/spec/roles.ts";
import { PipelineSpec } from "../../src/spec/spec.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Contracts in which each deliverable owns `<id>/**`, and data-engineer's first one every file besides. */
const briefs = Object.fromEntries(
  ROLES.map((role) => [
    role,
    {
      role,
      deliverables: DELIVERABLES.filter((one) => one.role === role).map(({ id }) => ({
        id,
        files: [`${id}/**`],
        checks: [],
        options: {},
      })),
    },
  ]),
) as unknown as CheckInput["briefs"];

/** The contracts with one deliverable of one role replaced. */
export const withDeliverable = (
  role: (typeof ROLES)[number],
  id: string,
  files: readonly string[],
  checks: readonly string[] = [],
): CheckInput["briefs"] =>
  ({
    ...briefs,
    [role]: { role, deliverables: [{ id, files, checks, options: {} }] },
  }) as unknown as CheckInput["briefs"];

/** A temporary home with what checks need of a machine. `dispose` removes it. */
export const createBench = async () => {
  const home = await mkdtemp(join(tmpdir(), "mlpipeline-checks-"));
  const path = process.env.PATH ?? "";
  const folder = join(home, "sandbox");
  const uid = process.getuid?.() ?? 0;
  const probe = await probeSandbox({ path, folder, uid, clock: systemClock });
  const facts = Facts.parse(
    JSON.parse(await readFile("test/support/birdstrikes-facts.json", "utf8")),
  );
  const spec = PipelineSpec.parse({
    pipeline: { name: "birdstrikes", goal: "Predict which wildlife strikes damage the aircraft" },
    dataset: { uri: "birdstrikes.csv" },
    target: { column: "Effect Amount of damage", positive: "!None" },
  });
  const sandbox = createSandbox({ probe, folder, clock: systemClock });
  const python = await findPython({ path, home: process.env.HOME ?? "/" });
  const tools = createTools({ path });
  let count = 0;

  /** The input for a repository of these files, all of them the step's own unless `own` names fewer. */
  const input = async (files: Files, more: Partial<CheckInput> = {}): Promise<CheckInput> => {
    count++;
    const dir = join(home, `repo-${count}`);
    await mkdir(dir, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), content);
    }
    const list = Object.keys(files).sort();
    return {
      role: "observability-engineer",
      files: {
        list,
        text: (name) => {
          const content = files[name];
          return typeof content === "string" ? content : null;
        },
        bytes: (name) => {
          const content = files[name];
          return content === undefined ? null : Buffer.from(content);
        },
      },
      own: list,
      onDisk: async () => dir,
      facts,
      spec,
      briefs,
      sandbox,
      tools,
      python,
      venv: async () => ({ ok: false, why: "this test builds no environment" }),
      progress: () => undefined,
      signal: new AbortController().signal,
      origin: "blueprint",
      consent: false,
      ...more,
    };
  };
  const dispose = () => rm(home, { recursive: true, force: true });
  return { home, input, python, sandbox, tools, facts, dispose };
};

/** Tools of a machine on which only the named programs are installed. */
export const onlyTools = (
  all: CheckInput["tools"],
  names: readonly string[],
): CheckInput["tools"] => ({
  find: async (name) => (names.includes(name) ? all.find(name) : null),
});

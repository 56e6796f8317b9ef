import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { runProgram } from "../../src/cli/program.ts";
import type { Session } from "../../src/cli/session.ts";
import { isProductError } from "../../src/lib/errors.ts";
import type { Definition } from "../../src/operations/define.ts";
import { readRunInput } from "../../src/runtime/documents.ts";
import { BIRDSTRIKES, createTestApp, type TestApp } from "../support/test-app.ts";

const SLOW = 120_000;
let t: TestApp;
let folder: string;
beforeAll(async () => {
  t = await createTestApp();
  folder = await mkdtemp(join(tmpdir(), "mlpipeline-spec-"));
}, SLOW);
afterAll(async () => {
  await t.close();
  await rm(folder, { recursive: true, force: true });
});

/** What `mlpipeline start` with these arguments prints as JSON, or the refusal. */
const start = async (...args: string[]): Promise<Record<string, unknown>> => {
  const lines: string[] = [];
  const refused = async (): Promise<never> => {
    throw new Error("not for this verb");
  };
  const session: Session = {
    call: async <D extends Definition>(definition: D, input: z.input<D["input"]>) =>
      (await t.call(definition.name, input as object, { actor: t.owner })) as z.output<D["output"]>,
    drive: t.drive,
    verify: refused,
    repository: refused,
    homeDir: t.dir,
    slackConfigured: false,
    nowMs: t.app.deps.clock.nowMs,
    close: async () => {},
  };
  try {
    await runProgram(["start", "--json", ...args], {
      version: "test",
      context: (json: boolean) => ({
        io: { out: (text: string) => lines.push(text), err: () => {}, live: false, json },
        open: async () => session,
        stderr: process.stderr,
        stop: new AbortController().signal,
      }),
      finish: () => {},
    } as unknown as Parameters<typeof runProgram>[1]);
  } catch (error) {
    if (isProductError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return JSON.parse(lines.join("")) as Record<string, unknown>;
};

test(
  "a run starts from a spec file whose paths lie beside it, with what the line says besides",
  async () => {
    const path = join(folder, "spec.yaml");
    await writeFile(
      path,
      [
        "pipeline: {name: from-file, goal: Predict which wildlife strikes damage the aircraft, seed: 7}",
        `dataset: {uri: ${JSON.stringify(relative(folder, BIRDSTRIKES))}}`,
        "target: {column: Effect Amount of damage}",
        "training: {folds: 3}",
        "metric: {error_costs: {false_negative: 20}}",
      ].join("\n"),
    );
    const started = await start("--spec", path, "--option", "cloud_provider=gcp");
    expect(started.run).toBe("from-file-1");
    const state = await t.app.store.runs.state(String(started.run_id));
    const { spec } = await readRunInput(t.app.deps.blobs, state.specHash);
    expect(spec).toMatchObject({
      pipeline: { seed: 7 },
      dataset: { uri: BIRDSTRIKES },
      training: { folds: 3 },
      metric: { error_costs: { false_negative: 20 } },
      options: { cloud_provider: "gcp" },
    });
  },
  SLOW,
);

test(
  "a spec file with bad keys starts nothing and is told all of them",
  async () => {
    const path = join(folder, "bad.yaml");
    await writeFile(path, "target: {colum: y}\ntraining: {fold: 3}\n");
    const before = (await t.app.store.pipelines.list()).length;
    const refusal = await start("--spec", path);
    expect(refusal.code).toBe("INTAKE");
    for (const word of ["missing goal", "missing dataset", "target.colum", "training.fold"])
      expect(refusal.message).toContain(word);
    expect((await start("--spec", join(folder, "gone.yaml"))).code).toBe("SPEC_FILE");
    expect(await t.app.store.pipelines.list()).toHaveLength(before);
  },
  SLOW,
);

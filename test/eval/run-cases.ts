import { giveConsent } from "../support/claude-app.ts";
import { START, type TestApp } from "../support/test-app.ts";
import type { EvalCase } from "./cases.ts";

/** What a case came to: accepted, or what code did not find. `usd` is what Claude cost. */
export interface EvalResult {
  readonly id: string;
  readonly problem: string | null;
  readonly usd: number;
}

const textsOf = async ({ app }: TestApp, runId: string): Promise<ReadonlyMap<string, string>> => {
  const files = (await app.runtime.files(runId, 1)).filter(({ path }) => path.endsWith(".md"));
  const read = files.map(
    async ({ path }): Promise<[string, string]> => [
      path,
      (await app.runtime.file(runId, path))?.text ?? "",
    ],
  );
  return new Map(await Promise.all(read));
};

/** A run whose phase 1 waits, its drafts made without Claude. */
const prepare = async (t: TestApp, { id }: EvalCase): Promise<string> => {
  const started = await t.call("run_start", { ...START, pipeline: id });
  const { run_id: runId } = started as unknown as { readonly run_id: string };
  const end = await t.drive(runId);
  if (end.kind !== "handoff") throw new Error(`${id}: ${end.kind} in place of a handoff`);
  return runId;
};

const change = async (t: TestApp, one: EvalCase, runId: string): Promise<string | null> => {
  const before = await textsOf(t, runId);
  const [open] = await t.app.store.approvals.list({ runId });
  const { ask: text, file } = one;
  await t.call("approval_vote", {
    approval: open?.approvalId,
    decision: "request_changes",
    comments: [{ file, severity: "must", text }],
  });
  const end = await t.drive(runId);
  if (end.kind !== "handoff") return `${end.kind} in place of a handoff`;
  const after = await textsOf(t, runId);
  return one.accept({ before, after });
};

/** Makes every change in a run of its own, on an app without consent so far; the same code judges Claude and scripts. */
export const runCases = async (
  t: TestApp,
  cases: readonly EvalCase[],
  told: (result: EvalResult) => void = () => {},
): Promise<readonly EvalResult[]> => {
  const runs = new Map<string, string>();
  for (const one of cases) runs.set(one.id, await prepare(t, one));
  await giveConsent(t);
  const results: EvalResult[] = [];
  for (const one of cases) {
    const runId = runs.get(one.id) ?? "";
    const problem = await change(t, one, runId).catch((error: unknown) => String(error));
    const usd = (await t.app.store.runs.state(runId)).spent.microUsd / 1_000_000;
    const result = { id: one.id, problem, usd };
    results.push(result);
    told(result);
  }
  return results;
};

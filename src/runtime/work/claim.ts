import { type AttemptInput, type AttemptOutput, workOffline } from "../../agents/specialist.ts";
import type { RunState } from "../../engine/state.ts";
import { BugError, isProductError, messageOf } from "../../lib/errors.ts";
import { manifestHash, sha256 } from "../../lib/hash.ts";
import type { Role } from "../../spec/roles.ts";
import { endAttempt } from "../claude/end-attempt.ts";
import { writeDocument } from "../documents.ts";
import { gatherAttempt } from "../step-inputs.ts";
import { workerActor } from "../worker-actor.ts";
import type { PerformWork, WorkTools } from "./performer.ts";

const LEASE_MS = 30_000;
const HEARTBEAT_MS = 10_000;
/** How often an attempt looks whether it is still wanted: a cancelled run stops its streams within two seconds. */
const WANTED_MS = 1_000;

interface Claimed {
  readonly runId: string;
  readonly step: string;
  readonly attemptId: string;
  readonly fence: number;
}

/** Extends the lease while the attempt works; a lost fence aborts it, so that its result is thrown away. */
const keepLease = (tools: WorkTools, claimed: Claimed, lost: AbortController): (() => void) => {
  const beat = async () => {
    const nowMs = tools.clock.nowMs();
    const { attemptId, fence } = claimed;
    const live = await tools.store.attempts.beat({
      attemptId,
      fence,
      nowMs,
      leaseUntilMs: nowMs + LEASE_MS,
    });
    if (!live) lost.abort();
  };
  const timer = setInterval(() => {
    beat().catch((error) => tools.log.warn("heartbeat failed", { error: messageOf(error) }));
  }, HEARTBEAT_MS);
  const look = async () => {
    const row = await tools.store.attempts.get(claimed.attemptId);
    if (row?.status !== "claimed" || row.fence !== claimed.fence) lost.abort();
  };
  const looking = setInterval(() => {
    look().catch((error) => {
      tools.log.warn("the attempt could not be looked up", { error: messageOf(error) });
    });
  }, WANTED_MS);
  return () => {
    clearInterval(timer);
    clearInterval(looking);
  };
};

// Files reach the disk before the transaction that names them, so an event never points at bytes that are not there.
const storeOutput = async (tools: WorkTools, output: AttemptOutput) => {
  const files = await Promise.all(
    [...output.files].map(async ([path, bytes]) => ({
      path,
      sha256: await tools.blobs.put(bytes),
    })),
  );
  await tools.store.manifests.put(files);
  const summaryHash = await writeDocument(tools.blobs, {
    summary: output.summary,
    parts: output.parts,
  });
  const bytes = [...output.files.values()].reduce((sum, file) => sum + file.byteLength, 0);
  return { manifestHash: manifestHash(files), files: files.length, bytes, summaryHash };
};

/** The draft, or what Claude made of it; null when the attempt ended without a submission. */
const produce = async (
  tools: WorkTools,
  state: RunState,
  working: Claimed,
  input: AttemptInput,
  draft: AttemptOutput,
  signal: AbortSignal,
): Promise<AttemptOutput | null> => {
  const { claude } = tools;
  if (state.steps[working.step]?.useDraft)
    return { ...draft, summary: { ...draft.summary, tookDraft: true } };
  if (claude === null) return draft;
  const { refineStep, usesClaude } = await import("../claude/refine-step.ts");
  if (!(await usesClaude(tools, state, working.step))) return draft;
  const refined = await refineStep({ tools, claude, state, working, input, draft }, signal);
  if (refined.kind === "submitted") return refined.output;
  await endAttempt(tools, working, refined.end, signal);
  return null;
};

const work = async (tools: WorkTools, claimed: Claimed, signal: AbortSignal): Promise<void> => {
  const state = await tools.store.runs.state(claimed.runId);
  const input = await gatherAttempt(tools, state, claimed.step as Role);
  tools.kill("facts.stored");
  const draft = workOffline(tools.prompts, tools.plans, input);
  tools.kill("draft.rendered");
  signal.throwIfAborted();
  const output = await produce(tools, state, claimed, input, draft, signal);
  if (output === null) return;
  const stored = await storeOutput(tools, output);
  tools.kill("submit.stored");
  signal.throwIfAborted();
  const submitted = await tools.dispatch({
    key: `submit/${claimed.attemptId}/${claimed.fence}/${sha256(stored.summaryHash + stored.manifestHash).slice(0, 16)}`,
    runId: claimed.runId,
    actor: workerActor(tools.worker),
    body: {
      type: "SubmitAttempt",
      attemptId: claimed.attemptId,
      fence: claimed.fence,
      ...stored,
      resolutions: [...output.summary.resolutions],
    },
  });
  if (!submitted.ok) {
    const { code, message } = submitted.rejection;
    if (code !== "FENCED" && code !== "RUN_OVER") throw new BugError(code, message);
    return;
  }
  tools.kill("submit.committed");
};

const fail = async (tools: WorkTools, claimed: Claimed, error: unknown): Promise<void> => {
  const code = isProductError(error) ? error.code : "UNEXPECTED";
  const retryable = isProductError(error) && error.kind === "retryable";
  tools.log.error("an attempt failed", { ...claimed, code, error: messageOf(error) });
  await tools.dispatch({
    key: `fail/${claimed.attemptId}/${claimed.fence}`,
    runId: claimed.runId,
    actor: workerActor(tools.worker),
    body: {
      type: "FailAttempt",
      attemptId: claimed.attemptId,
      fence: claimed.fence,
      class: retryable ? "transient" : "bug",
      code,
      ...(retryable ? { retryAtMs: tools.clock.nowMs() + error.retryAfterMs } : {}),
    },
  });
};

/** Claims the step under a new fence and lets the specialist work, heartbeating until it has submitted. */
export const performClaim: PerformWork<"claim"> = async (tools, state, due, signal) => {
  const attemptId = tools.newId();
  const claim = await tools.dispatch({
    key: due.key,
    runId: state.runId,
    actor: workerActor(tools.worker),
    body: {
      type: "ClaimAttempt",
      stepKey: due.step,
      attemptId,
      worker: tools.worker,
      leaseUntilMs: tools.clock.nowMs() + LEASE_MS,
    },
  });
  if (!claim.ok) return;
  tools.kill("attempt.claimed");
  const attempt = await tools.store.attempts.get(attemptId);
  if (attempt === null) return; // a repeated key: another attempt holds this claim
  const claimed = { runId: state.runId, step: due.step, attemptId, fence: attempt.fence };
  tools.progress(state.runId, due.step, "working");
  const lost = new AbortController();
  const stop = keepLease(tools, claimed, lost);
  try {
    await work(tools, claimed, AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    if (signal.aborted || lost.signal.aborted) return;
    await fail(tools, claimed, error);
  } finally {
    stop();
  }
};

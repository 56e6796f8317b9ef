import { existsSync } from "node:fs";
import type { RunState } from "../../engine/state.ts";
import { BugError, RetryableError } from "../../lib/errors.ts";
import { redactSecrets } from "../../repo/access.ts";
import { writeBundle } from "../../repo/bundle.ts";
import type { RequestOutcome } from "../../repo/forge/forge.ts";
import { openForge } from "../../repo/forge/open-forge.ts";
import { openRemote } from "../../repo/push.ts";
import { parseRemote, type Remote } from "../../spec/remote.ts";
import type { Deliver } from "../deliver.ts";
import type { RuntimeDeps } from "../deps.ts";
import { readRunInput } from "../documents.ts";
import { type Delivery, readDelivery, writeDelivery } from "./record.ts";
import { requestOf } from "./request-body.ts";

/** Waits between tries of a failed push: 15 s doubling up to 15 minutes; the outbox gives up after a day. */
const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 900_000;

const waitAfter = (tries: number): number =>
  Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries - 1, 10));

const ACTOR = { person: null, via: "worker", ref: "git", model: false } as const;

interface Target {
  readonly state: RunState;
  readonly branch: string;
  readonly name: string;
  readonly dir: string;
}

type Fault = { readonly code: string; readonly message: string; readonly next: string };

/** Records why nothing went out, and asks the outbox for a later try. The approval stands whatever the remote says. */
const fail = async (deps: RuntimeDeps, target: Target, remote: string, fault: Fault) => {
  const before = (await readDelivery(deps, target.state.runId))?.fault ?? null;
  const tries = (before?.tries ?? 0) + 1;
  const sinceMs = before?.sinceMs ?? deps.clock.nowMs();
  await writeDelivery(deps, target.state.runId, ACTOR, target.branch, {
    remote,
    fault: { code: fault.code, message: fault.message, next: fault.next, tries, sinceMs },
  });
  return new RetryableError(fault.code, fault.message, {
    next: fault.next,
    retryAfterMs: waitAfter(tries),
  });
};

const askForReview = async (
  deps: RuntimeDeps,
  target: Target,
  remote: Remote,
  base: string,
  signal: AbortSignal,
): Promise<Pick<Delivery, "pullRequest" | "requestFault"> | null> => {
  const forge = openForge(deps.remoteAccess, remote, signal);
  if (!forge) return null;
  const { body, title } = await requestOf(deps, target.state, target.branch);
  const outcome: RequestOutcome = await forge.putRequest({
    head: target.branch,
    base,
    title,
    body,
  });
  return outcome.ok
    ? { pullRequest: { url: outcome.url, number: outcome.number }, requestFault: null }
    : { pullRequest: null, requestFault: { message: outcome.message, next: outcome.next } };
};

const pushTo = async (
  deps: RuntimeDeps,
  target: Target,
  remote: Remote,
  base: string,
  signal: AbortSignal,
): Promise<string> => {
  const shown = redactSecrets(deps.remoteAccess, remote.url);
  const there = openRemote(deps.git, deps.remoteAccess, target.dir, remote, signal);
  const pushed = await there.push(target.branch);
  // Stopping is no fault of the remote's: the row waits for the next worker.
  if (!pushed.ok && signal.aborted)
    throw new RetryableError("STOPPED", "stopped while pushing", { retryAfterMs: 0 });
  if (!pushed.ok) throw await fail(deps, target, shown, pushed.fault);
  deps.kill("git.pushed");
  const review = await askForReview(deps, target, remote, base, signal);
  await writeDelivery(deps, target.state.runId, ACTOR, target.branch, {
    remote: shown,
    bundle: null,
    commit: pushed.commit,
    tags: pushed.tags,
    fault: null,
    ...review,
  });
  return pushed.commit;
};

const bundleInto = async (deps: RuntimeDeps, target: Target): Promise<string> => {
  const file = deps.home.bundle(target.name);
  const { commit, tags } = await writeBundle(deps.git, target.dir, target.branch, file);
  await writeDelivery(deps, target.state.runId, ACTOR, target.branch, {
    remote: null,
    bundle: file,
    commit,
    tags,
    fault: null,
    pullRequest: null,
    requestFault: null,
  });
  return commit;
};

/**
 * The outbox target of git: pushes a run's branch and tags to the pipeline's remote and mirrors the approvals in a pull request
 * where a token is set, or writes a bundle where there is no remote. Repeats find what is there and change nothing; it never forces.
 */
export const createGitDeliver =
  (deps: RuntimeDeps, signal: AbortSignal): Deliver =>
  async ({ runId }) => {
    const run = runId === null ? null : await deps.store.runs.find(runId);
    if (run === null || "candidates" in run) throw new BugError("RUN_LOST", `no run ${runId}`);
    const state = await deps.store.runs.state(run.runId);
    const { repository, pipeline } = (await readRunInput(deps.blobs, state.specHash)).spec;
    const dir = deps.home.repo(pipeline.name);
    if (!existsSync(dir)) throw new BugError("REPOSITORY_LOST", `${dir} is gone`);
    const target = { state, branch: `run/${run.number}`, name: run.name, dir };
    if (repository.remote === null) return { externalRef: await bundleInto(deps, target) };
    const remote = parseRemote(repository.remote);
    if (typeof remote === "string")
      throw await fail(deps, target, "", {
        code: "REMOTE_INVALID",
        message: `the remote ${remote}`,
        next: "change it with a comment: set repository.remote = <address>",
      });
    return { externalRef: await pushTo(deps, target, remote, repository.branch, signal) };
  };

import type { RunState } from "../../engine/state.ts";
import type { MainOutcome } from "../../repo/main-branch.ts";
import { openRemote, trackingRef } from "../../repo/push.ts";
import type { Repository } from "../../repo/repository.ts";
import { parseRemote } from "../../spec/remote.ts";
import { readRunInput } from "../documents.ts";
import { layTrained } from "../trained.ts";
import type { WorkTools } from "../work/performer.ts";
import { workerActor } from "../worker-actor.ts";
import { writeDelivery } from "./record.ts";

/** A remote that does not answer must not hold up what was approved. */
const FETCH_MS = 20_000;
const SHOWN = 10;

const named = (files: readonly string[]): string => {
  const more = files.length > SHOWN ? ` and ${files.length - SHOWN} more` : "";
  return files.length === 0 ? "files git did not name" : files.slice(0, SHOWN).join(", ") + more;
};

const faultOf = (outcome: MainOutcome, what: string, dir: string, merge: string) => {
  if (!("files" in outcome)) return null;
  if (outcome.kind === "conflict" && outcome.files.length === 0)
    return {
      message: `${what} is not on main: people's edits are there, and this git cannot merge them`,
      next: `install git 2.38 or newer, or in ${dir}: git merge ${merge}`,
    };
  return outcome.kind === "uncommitted"
    ? {
        message: `${what} is not on main: ${named(outcome.files)} in ${dir} are edited and not committed`,
        next: `commit or remove them in ${dir}; the merge is tried again at the next approval`,
      }
    : {
        message: `${what} is not on main: people's edits and it change the same lines of ${named(outcome.files)}`,
        next: `nothing was overwritten; in ${dir}: git merge ${merge}, settle these files, commit`,
      };
};

/** Merges an approved phase into `main`, where people edit; what conflicts is recorded by name and left. */
export const showOnMain = async (
  tools: WorkTools,
  state: RunState,
  repository: Repository,
  branch: string,
): Promise<void> => {
  const outcome = await repository.main.take(branch);
  const mainFault = faultOf(outcome, branch, repository.dir, branch);
  if (mainFault === null) await layTrained(tools.home.trained(state.runId), repository.dir);
  await writeDelivery(tools, state.runId, workerActor(tools.worker), branch, { mainFault });
};

/**
 * Before the first commit of a run: brings what people committed on the remote's branch to `main`, so that the run starts from
 * it. A remote that cannot be reached is logged and changes nothing; the push that follows reports it.
 */
export const fetchMain = async (
  tools: WorkTools,
  state: RunState,
  repository: Repository,
  branch: string,
  signal: AbortSignal,
): Promise<void> => {
  const { spec } = await readRunInput(tools.blobs, state.specHash);
  const remote = spec.repository.remote === null ? "none" : parseRemote(spec.repository.remote);
  if (typeof remote === "string") return;
  const until = AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]);
  const there = openRemote(tools.git, tools.remoteAccess, repository.dir, remote, until);
  const fetched = await there.fetch(spec.repository.branch);
  if (!fetched.ok) {
    tools.log.warn("the remote's branch was not fetched", { ...fetched.fault });
    return;
  }
  if (fetched.oid === null) return;
  const outcome = await repository.main.integrate(fetched.oid);
  const ref = trackingRef(spec.repository.branch);
  const mainFault = faultOf(outcome, `the remote's ${spec.repository.branch}`, repository.dir, ref);
  await writeDelivery(tools, state.runId, workerActor(tools.worker), branch, { mainFault });
};

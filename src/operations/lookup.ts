import type { Rejection } from "../engine/context.ts";
import type { ApprovalStatus, RunState } from "../engine/state.ts";
import { UserInputError } from "../lib/errors.ts";
import type { ApprovalReader, RunLine, RunReader } from "./ports.ts";

/** The run that a person means. UserInputError RUN_NOT_FOUND or RUN_AMBIGUOUS, naming near ones. */
export const findRun = async (runs: RunReader, ref: string): Promise<RunLine> => {
  if (ref === "last") {
    const newest = (await runs.search({ limit: 1 })).items[0];
    if (newest) return newest;
    throw new UserInputError("RUN_NOT_FOUND", "there is no run yet", {
      next: "start one with run_start",
    });
  }
  const found = await runs.find(ref);
  if (found !== null && "candidates" in found) {
    throw new UserInputError("RUN_AMBIGUOUS", `"${ref}" fits several runs`, {
      got: found.candidates.map((run) => run.name).join(", "),
      next: "name one of them in full",
    });
  }
  if (found !== null) return found;
  const near = (await runs.search({ text: ref.split("-")[0] ?? ref, limit: 5 })).items;
  throw new UserInputError("RUN_NOT_FOUND", `no run is called "${ref}"`, {
    next:
      near.length > 0
        ? `try ${near.map((run) => run.name).join(", ")}`
        : "list runs with runs_search",
  });
};

const VOTABLE = ["open", "escalated"] as const;

/**
 * The approval that is meant: by its id or prefix, or as the one that a run waits for, in one of `status`. UserInputError
 * APPROVAL_NOT_FOUND.
 */
export const findApproval = async (
  approvals: ApprovalReader,
  runs: RunReader,
  ref: string,
  status: readonly ApprovalStatus[] = VOTABLE,
) => {
  const direct = await approvals.find(ref);
  if (direct) return direct;
  const run = await findRun(runs, ref).catch(() => null);
  const waiting = run ? (await approvals.list({ runId: run.runId, status }))[0] : undefined;
  if (waiting) return waiting;
  throw new UserInputError("APPROVAL_NOT_FOUND", `nothing waits for a decision under "${ref}"`, {
    next: "approvals_list shows what waits",
  });
};

/** Translates the engine's rejection into words for people: its code, what happened, what would be valid. */
export const refuse = (
  rejection: Omit<Rejection, "code"> & { readonly code: string },
): UserInputError =>
  new UserInputError(rejection.code, rejection.message, {
    ...(rejection.valid.length > 0 ? { next: rejection.valid.join(", ") } : {}),
  });

/** What the run waits for, in words; null while it works or is over. */
export const waitsFor = (state: RunState): string | null => {
  const open = Object.values(state.approvals).find(
    (approval) => approval.status === "open" || approval.status === "escalated",
  );
  if (open) return open.phase ? `handoff ${open.phase}` : `${open.kind} approval`;
  const stuck = Object.values(state.steps).find((step) => step.blockedOn?.on === "person");
  if (stuck) return `a person to unblock ${stuck.step.key} (${stuck.blockedOn?.code})`;
  return state.status === "paused" ? `resume (paused: ${state.pauses.join(", ")})` : null;
};

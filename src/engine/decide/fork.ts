import type { BodyOf } from "../command.ts";
import type { Rejection } from "../context.ts";
import { type Draft, reject } from "../draft.ts";
import { completePhase } from "../handoff.ts";
import { PHASES, type PhaseNo, stepsOf } from "../phases.ts";
import { inputHash } from "../staleness.ts";
import type { RunState } from "../state.ts";

type Start = BodyOf<"StartRun">;
type Inherited = NonNullable<Start["inherit"]>[number];

const ofPhase = (draft: Draft, body: Start, phase: PhaseNo): readonly Inherited[] =>
  stepsOf(draft.state(), phase).flatMap(
    ({ step }) => body.inherit?.find((one) => one.step === step.key) ?? [],
  );

const isAccepted = (parent: RunState, one: Inherited): boolean => {
  const step = parent.steps[one.step];
  return step?.status === "accepted" && step.acceptedHash === one.manifestHash;
};

/**
 * Why a run cannot be forked from its parent like this: only a completed run is, and what is inherited are whole phases from the
 * first on, exactly as they were accepted there. Null when it can.
 */
export const forkRefusal = (draft: Draft, body: Start): Rejection | null => {
  if (body.fork === undefined) return null;
  const { parent } = draft.context;
  if (parent === null || parent.status === "none")
    return reject("UNKNOWN", `there is no run ${body.fork.runId} to fork`);
  if (parent.status !== "completed")
    return reject("NOT_READY", `a run that is ${parent.status} is not forked`, ["RerunRun"]);
  const inherited = body.inherit ?? [];
  const odd = inherited.find((one) => !isAccepted(parent, one));
  if (odd) return reject("STALE_CONTENT", `${odd.step} was not accepted with these files`);
  const keys = new Set(inherited.map((one) => one.step));
  const phases = PHASES.map((phase) =>
    body.playbook.filter((step) => step.phase === phase).map((step) => step.key),
  ).filter((steps) => steps.length > 0);
  const whole = phases.findIndex((steps) => !steps.every((key) => keys.has(key)));
  const later = whole < 0 ? [] : phases.slice(whole).flat();
  if (whole >= 0 && !later.some((key) => keys.has(key))) return null;
  return reject("NOT_READY", "a fork keeps whole phases, and at least the last is done again");
};

/** The step as its parent's attempt left it: claimed, submitted, checked, so that everything that reads a step finds it. */
const inheritStep = (draft: Draft, parentId: string, one: Inherited): void => {
  const step = draft.state().steps[one.step];
  if (!step) return;
  const { attemptId, base, manifestHash } = one;
  draft.emit({
    type: "StepReadied",
    step: one.step,
    gen: 1,
    kind: "fresh",
    inputHash: inputHash(draft.state(), step, base),
    base,
  });
  draft.emit({
    type: "AttemptClaimed",
    attemptId,
    step: one.step,
    gen: 1,
    no: 1,
    kind: "fresh",
    fence: 1,
    worker: `fork/${parentId}`,
    leaseUntilMs: draft.command.nowMs,
  });
  draft.emit({
    type: "AttemptSubmitted",
    attemptId,
    manifestHash,
    files: one.files,
    bytes: one.bytes,
    summaryHash: one.summaryHash,
    resolutions: [],
  });
  draft.emit({
    type: "StepChecked",
    step: one.step,
    attemptId,
    round: 0,
    green: true,
    counts: one.counts,
    levels: one.levels,
    findingsHash: one.findingsHash,
  });
  draft.emit({ type: "StepSubmitted", step: one.step, manifestHash });
};

/** Takes over the phases before the cut with the approvals that stand in the parent's log; the parent is never touched. */
export const inheritPhases = (draft: Draft, body: Start): void => {
  const { parent } = draft.context;
  if (body.fork === undefined || parent === null) return;
  for (const phase of PHASES) {
    const steps = ofPhase(draft, body, phase);
    const { approvalId, manifestHash } = parent.phases[phase];
    if (steps.length === 0 || approvalId === null || manifestHash === null) continue;
    draft.emit({ type: "PhaseActivated", phase });
    for (const one of steps) inheritStep(draft, parent.runId, one);
    completePhase(draft, phase, { approvalId, manifestHash, carried: true });
  }
};

import { BugError } from "../lib/errors.ts";
import { manifestHash as hashManifest, sha256 } from "../lib/hash.ts";
import type { FileEntry } from "./command.ts";
import type { Context } from "./context.ts";
import { stepsOf } from "./phases.ts";
import { commentsFor } from "./routing.ts";
import type { RunState, StepState } from "./state.ts";

// Within a phase what is submitted already counts, because it is approved together; from an earlier phase only what was accepted.
const isInForce = (need: StepState | undefined, of: StepState): need is StepState =>
  need !== undefined &&
  (need.status === "accepted" ||
    (need.status === "submitted" && need.step.phase === of.step.phase));

/** Needs are met when each is accepted, or submitted in the same phase. */
export const needsMet = (state: RunState, step: StepState): boolean =>
  step.step.needs.every((key) => isInForce(state.steps[key], step));

/** The first need in force whose manifest differs from the one the step consumed; undefined when there is none. */
export const changedNeed = (state: RunState, step: StepState): string | undefined =>
  step.step.needs.find((key) => {
    const need = state.steps[key];
    return isInForce(need, step) && step.consumed[key] !== (need.manifestHash ?? "");
  });

/**
 * Hash of everything a step reads: `base` (contract, brief, blueprint, options, spec values), the manifests of its needs sorted
 * by key, and the comments it has to answer.
 */
export const inputHash = (state: RunState, step: StepState, base: string): string => {
  const needs = [...step.step.needs]
    .sort()
    .map((key) => `${key} ${state.steps[key]?.manifestHash ?? ""}`);
  const comments = commentsFor(state, step.step.key).map(
    (comment) => `${comment.id} ${comment.text}`,
  );
  return sha256([base, ...needs, ...comments].join("\n"));
};

/** What a stale step can go back to without work: its needs and the spec are again those that its last work consumed. */
export const restorable = (
  state: RunState,
  step: StepState,
  base: string,
): "submitted" | "accepted" | null =>
  step.status === "stale" &&
  step.manifestHash !== null &&
  base === step.baseHash &&
  changedNeed(state, step) === undefined &&
  commentsFor(state, step.step.key).length === 0
    ? step.staleFrom
    : null;

/**
 * Hash of the files of a phase: the union of its steps' manifests, the later step winning a path. BugError MANIFEST_MISSING when
 * the context lacks one, because an approval must never sign less than what was submitted.
 */
export const phaseManifest = (state: RunState, context: Context, phase: number): string => {
  const files = new Map<string, FileEntry>();
  for (const step of stepsOf(state, phase)) {
    const own = context.manifests[step.manifestHash ?? ""];
    if (own === undefined)
      throw new BugError("MANIFEST_MISSING", `no files of ${step.step.key} in the context`);
    for (const file of own) files.set(file.path, file);
  }
  return hashManifest([...files.values()]);
};

import type { Comment, PlaybookStep } from "./command.ts";
import type { RunState } from "./state.ts";

const literal = (text: string): string => text.replace(/[.+^${}()|[\]\\?]/g, "\\$&");

/** True when one of the step's patterns matches `path`: `*` stands for any text within one segment, `**` for any depth. */
export const ownsPath = (step: PlaybookStep, path: string): boolean =>
  step.files.some((pattern) => {
    const source = pattern
      .split("**")
      .map((piece) => piece.split("*").map(literal).join("[^/]*"))
      .join(".*");
    return new RegExp(`^${source}$`).test(path);
  });

const ROLE_PREFIX = "role:";

const ownerOf = (state: RunState, path: string, phase: number): string | undefined => {
  const owners = state.order.filter((key) => {
    const step = state.steps[key]?.step;
    return step !== undefined && ownsPath(step, path);
  });
  return (
    owners.findLast((key) => (state.steps[key]?.step.phase ?? 0) <= phase) ??
    owners.findLast(() => true)
  );
};

/**
 * The step that answers a comment made on the handoff of `phase`: the one named by a file `role:<step>`, else the last step up
 * to that phase whose contract names the file (the later step wins a path, as in a manifest), else (no file, or nobody's file)
 * the first step of the phase. Null only for a phase without steps.
 */
export const routeComment = (state: RunState, comment: Comment, phase: number): string | null => {
  const { file } = comment;
  if (file?.startsWith(ROLE_PREFIX)) {
    const named = file.slice(ROLE_PREFIX.length);
    if (state.steps[named]) return named;
  }
  const owner = file === null ? undefined : ownerOf(state, file, phase);
  return owner ?? state.order.find((key) => state.steps[key]?.step.phase === phase) ?? null;
};

/** Comments taken up and not yet resolved that `step` has to answer, in the order they were made. */
export const commentsFor = (state: RunState, step: string): readonly Comment[] =>
  Object.values(state.comments)
    .filter((entry) => entry.status === "taken" && entry.step === step)
    .map((entry) => entry.comment);

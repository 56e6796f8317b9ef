import type { Actor } from "../engine/command.ts";
import { isProductError } from "../lib/errors.ts";
import { applyEdits, COMMENT_GRAMMAR, understandComment } from "../spec/comment-grammar.ts";
import type { SpecEdit } from "../spec/comment-sentences.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { RuntimeDeps } from "./deps.ts";
import type { DispatchCommand } from "./dispatch.ts";
import { readFacts, readRunInput, writeDocument } from "./documents.ts";
import { type Measuring, storeRunInput } from "./start-run.ts";

/** Which comments changed the spec, in words, and why the others could not. */
export interface SpecChange {
  readonly understood: readonly string[];
  readonly problems: readonly string[];
}

interface Applied {
  readonly spec: PipelineSpec;
  readonly edits: readonly SpecEdit[];
  readonly commentIds: readonly string[];
  readonly understood: readonly string[];
  readonly problems: readonly string[];
}

const applyAll = (
  start: PipelineSpec,
  columns: readonly string[],
  comments: readonly { readonly id: string; readonly text: string }[],
): Applied => {
  let spec = start;
  const edits: SpecEdit[] = [];
  const commentIds: string[] = [];
  const understood: string[] = [];
  const problems: string[] = [];
  for (const comment of comments) {
    const asked = understandComment(comment.text);
    if (asked === null) {
      problems.push(`"${comment.text}" is none of: ${COMMENT_GRAMMAR.join(" · ")}`);
      continue;
    }
    const applied = applyEdits(spec, asked, columns);
    if ("problem" in applied) {
      problems.push(`"${comment.text}": ${applied.problem}`);
      continue;
    }
    spec = applied.spec;
    edits.push(...asked);
    commentIds.push(comment.id);
    understood.push(comment.text);
  }
  return { spec, edits, commentIds, understood, problems };
};

/** A change of a run's spec, measured and stored but not yet made: nothing has changed before `apply`. */
export interface SpecPlan {
  readonly apply: (actor: Actor, key: string) => Promise<SpecChange>;
}

export type PlanSpec = (
  runId: string,
  comments: readonly { readonly id: string; readonly text: string }[],
) => Promise<SpecPlan>;

const nothingToApply = (problems: readonly string[]): SpecPlan => ({
  apply: async () => ({ understood: [], problems }),
});

/**
 * Makes what plans the change that comments ask for: new spec, facts measured anew on the same snapshot. Measuring takes seconds
 * in which a worker would begin the attempt that the change makes useless, so it comes before the vote and `apply` after it.
 */
export const createPlanSpec =
  (deps: RuntimeDeps, measuring: Measuring, dispatch: DispatchCommand): PlanSpec =>
  async (runId, comments) => {
    const state = await deps.store.runs.state(runId);
    const input = await readRunInput(deps.blobs, state.specHash);
    const facts = await readFacts(deps.blobs, input.factsHash);
    const columns = facts.profile.columns.map((column) => column.name);
    const applied = applyAll(input.spec, columns, comments);
    const { problems, understood } = applied;
    if (applied.commentIds.length === 0) return nothingToApply(problems);
    try {
      const measured = await measuring.remeasure(input, applied.spec);
      const specHash = await storeRunInput(deps, applied.spec, measured);
      const patchHash = await writeDocument(deps.blobs, { edits: applied.edits });
      const commentIds = [...applied.commentIds];
      const body = { type: "ChangeSpec" as const, specHash, patchHash, commentIds };
      return {
        apply: async (actor, key) => {
          const done = await dispatch({ key, runId, actor, body });
          return done.ok
            ? { understood, problems }
            : { understood: [], problems: [...problems, done.rejection.message] };
        },
      };
    } catch (error) {
      // The new spec may not fit the data (a target without values): the comment stays open with the reason.
      if (!isProductError(error) || error.kind !== "input") throw error;
      return nothingToApply([...problems, `${error.code}: ${error.message}`]);
    }
  };

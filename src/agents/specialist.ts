import type { Brief } from "../spec/brief.ts";
import type { Part } from "../spec/part.ts";
import type { Role } from "../spec/roles.ts";
import type { Prompts } from "./blueprint.ts";
import type { DraftInput, PlanRole, StepSummary } from "./draft.ts";
import { collectLeftOut } from "./left-out.ts";
import { renderStep } from "./render.ts";
import { resolveComments } from "./resolve.ts";

/** What one attempt starts from. `assets` are files that code makes from the data (the sample); `previous` the last bytes. */
export interface AttemptInput extends DraftInput {
  readonly role: Role;
  readonly assets: ReadonlyMap<string, Uint8Array>;
  readonly previous: ReadonlyMap<string, Uint8Array>;
  /** Comments that a change of the spec took up. */
  readonly settled: readonly string[];
}

/** What one attempt submits. */
export interface AttemptOutput {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly parts: readonly Part[];
  readonly summary: StepSummary;
}

const changedPaths = (
  files: ReadonlyMap<string, Uint8Array>,
  previous: ReadonlyMap<string, Uint8Array>,
): readonly string[] => {
  const same = (path: string, bytes: Uint8Array) => {
    const old = previous.get(path);
    return old !== undefined && Buffer.compare(old, bytes) === 0;
  };
  return [...files].filter(([path, bytes]) => !same(path, bytes)).map(([path]) => path);
};

/** A specialist without a language model: facts and choices decide, the blueprint is rendered, every comment is answered. */
export const workOffline = (
  prompts: Prompts,
  plans: Readonly<Record<Role, PlanRole>>,
  input: AttemptInput,
): AttemptOutput => {
  const brief: Brief = prompts.briefs[input.role];
  const plan = plans[input.role](input);
  const rendered = renderStep(prompts, brief, input, plans);
  const files = new Map<string, Uint8Array>([
    ...[...rendered.files].map(([path, text]): [string, Uint8Array] => [
      path,
      Buffer.from(text, "utf8"),
    ]),
    ...input.assets,
  ]);
  return {
    files,
    parts: rendered.parts,
    summary: {
      role: input.role,
      writtenBy: "blueprint",
      decisions: plan.decisions,
      risks: plan.risks,
      openQuestions: plan.openQuestions,
      leftOut: collectLeftOut(prompts, brief, input.spec, rendered.parts, plan.leftOut),
      resolutions: resolveComments(
        input.comments,
        input.settled,
        changedPaths(files, input.previous),
      ),
    },
  };
};

import type { Comment } from "../engine/command.ts";
import type { Brief } from "../spec/brief.ts";
import { ROLES } from "../spec/roles.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { StepSummary } from "./draft.ts";
import { stableJson } from "./limits.ts";
import type { Json, TextBlock } from "./model.ts";
import type { Prompt } from "./refine-ports.ts";
import type { ReleasedFacts } from "./release.ts";
import { deliverableOf } from "./tools/paths.ts";
import { plainText, untrusted } from "./untrusted.ts";
import type { Veil } from "./veil.ts";

/** What the opening of a conversation is made from; the order of maps, lists and keys does not matter. */
export interface PromptInput {
  /** `prompts/house-rules.md`: the same for all roles. */
  readonly houseRules: string;
  readonly brief: Brief;
  readonly spec: PipelineSpec;
  readonly facts: ReleasedFacts;
  /** Of the steps in `needs`. */
  readonly summaries: readonly StepSummary[];
  readonly draft: ReadonlyMap<string, Uint8Array>;
  readonly upstream: ReadonlyMap<string, unknown>;
  readonly comments: readonly Comment[];
  readonly veil: Veil;
  readonly secret: string;
}

const block = (text: string, cache?: TextBlock["cache"]): TextBlock => ({
  type: "text",
  text,
  ...(cache === undefined ? {} : { cache }),
});

const canonical = (value: unknown): string => plainText(stableJson(value as Json));

/** What is ours: the contract, the options and the paths. A person of the house wrote the goal. */
const ours = ({ brief, draft, spec, upstream }: PromptInput): string =>
  [
    `Pipeline: ${canonical({ goal: spec.pipeline.goal, options: spec.options, choices: spec.choices, metric: spec.metric })}`,
    "Contract (deliverable, files that you may write, checks besides those that every file passes):",
    ...brief.deliverables.map(({ checks, files, id }) => canonical({ id, files, checks })),
    "Draft (path, bytes, deliverable):",
    ...[...draft]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, bytes]) => `${path} ${bytes.byteLength} ${deliverableOf(brief, path) ?? "-"}`),
    "Upstream, to be read under upstream/:",
    ...[...upstream.keys()].sort(),
  ].join("\n");

const told = (summaries: readonly StepSummary[]) =>
  [...summaries]
    .sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role))
    .map(({ decisions, leftOut, openQuestions, risks, role }) => ({
      role,
      decisions,
      risks,
      openQuestions,
      leftOut: leftOut.map(({ part, why }) => ({ part, why })),
    }));

const task = ({ comments, secret, veil }: PromptInput): string => {
  if (comments.length === 0)
    return "Your task: make the draft right for this dataset and these options, run the checks, and submit.";
  const asked = [...comments]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ file, from, id, line, severity, text }) => ({ id, severity, from, file, line, text }));
  return [
    "Your task: people asked for changes. Act on each comment, and answer each with one resolution in submit that names the files you",
    "changed for it. must: done or partly. should: done, partly or declined with a reason. question: answer it in words. Files that you",
    "change without a comment have to be named in a resolution too.",
    untrusted(secret, "comments", "comments", veil.hide(canonical(asked)).text),
  ].join("\n");
};

/**
 * How a conversation begins: rules of the house and the brief as system, then what is known, then the task. The stable parts come first
 * and carry the markers. Nothing untrusted, no time, id, path of the machine or person is in the system part. The same input gives the
 * same bytes. `cells` are those of the facts.
 */
export const renderPrompt = (input: PromptInput): Prompt & { readonly cells: number } => {
  const { brief, facts, houseRules, secret, summaries, veil } = input;
  const known = [
    ours(input),
    "What was measured:",
    untrusted(secret, "facts", "facts", canonical(facts.facts)),
    "What the specialists before you handed on:",
    untrusted(secret, "summaries", "summaries", veil.hide(canonical(told(summaries))).text),
  ].join("\n");
  return {
    system: [{ text: houseRules }, { text: brief.prose, cache: "1h" }],
    opening: [{ role: "user", content: [block(known, "1h"), block(task(input))] }],
    cells: facts.cells,
  };
};

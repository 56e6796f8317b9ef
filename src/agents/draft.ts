import type { Comment, Resolution } from "../engine/command.ts";
import type { Facts } from "../spec/facts.ts";
import type { Role } from "../spec/roles.ts";
import type { PipelineSpec } from "../spec/spec.ts";

/** Names that templates and paths use. `pkg` is a Python package name, `service` a DNS label. */
export interface DraftNames {
  readonly pipeline: string;
  readonly pkg: string;
  readonly service: string;
}

/** What one specialist reads. `upstream` maps the paths of the steps in `needs` to their text (binary files are absent). */
export interface DraftInput {
  readonly spec: PipelineSpec;
  readonly facts: Facts;
  readonly names: DraftNames;
  readonly upstream: ReadonlyMap<string, string>;
  readonly comments: readonly Comment[];
}

export interface Decision {
  readonly decided: string;
  readonly why: string;
}

/** A part that options, facts or the release leave out; recorded, never written as a stub. */
export interface LeftOut {
  readonly part: string;
  readonly why: string;
  readonly toTurnOn: string;
}

/** What a role decides from the facts, before anything is rendered. `view` reaches its templates as `it.view`. */
export interface DraftPlan {
  readonly view: Readonly<Record<string, unknown>>;
  readonly decisions: readonly Decision[];
  readonly risks: readonly string[];
  readonly openQuestions: readonly { readonly question: string; readonly assumed: string }[];
  readonly leftOut: readonly LeftOut[];
}

/** Pure: the same input gives the same plan. One per role, in `plans/<role>.ts`. */
export type PlanRole = (input: DraftInput) => DraftPlan;

/** What a step submits besides its files. */
export interface StepSummary {
  readonly role: Role;
  readonly writtenBy: "blueprint" | "claude";
  readonly decisions: readonly Decision[];
  readonly risks: readonly string[];
  readonly openQuestions: readonly { readonly question: string; readonly assumed: string }[];
  readonly leftOut: readonly LeftOut[];
  readonly resolutions: readonly Resolution[];
  /** Where Claude wrote it: what it took, what it was told, and which files of the draft it changed. */
  readonly claude?: {
    readonly model: string;
    readonly turns: number;
    /** Data cells that left the house. */
    readonly cells: number;
    readonly changed: readonly string[];
  };
  /** A person took the draft in place of Claude's work. */
  readonly tookDraft?: boolean;
}

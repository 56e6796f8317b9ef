import type { z } from "zod";
import type { Actor } from "../engine/command.ts";

export const SCOPES = [
  "pipeline:read",
  "pipeline:run",
  "pipeline:approve",
  "pipeline:deploy",
  "pipeline:admin",
] as const;
export type Scope = (typeof SCOPES)[number];

/** What assistants are offered: `core` by default, the others where the server was started with them. */
export const ASSISTANT_TOOLSETS = ["core", "monitoring", "registry", "audit"] as const;
export type AssistantToolset = (typeof ASSISTANT_TOOLSETS)[number];

export interface Annotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** Reads only · writes, undone by another write · may destroy or stop work. */
export const READ: Annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
export const WRITE: Annotations = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
export const DESTROY: Annotations = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  openWorldHint: false,
};

/**
 * Something a person or an assistant can do: data, the same for every surface. `toolset` "people" marks what is never
 * offered to a language model, "bot" what the bot alone calls. `scope` null: open to accounts that are nobody's yet. Fields of
 * input and output are snake_case. `untrusted` names the fields of the output that hold text from outside (data, deliverables, logs,
 * comments): a surface that shows it to a model says so.
 */
export interface Definition<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly scope: Scope | null;
  readonly toolset: AssistantToolset | "people" | "bot";
  readonly annotations: Annotations;
  readonly input: I;
  readonly output: O;
  readonly untrusted?: readonly string[];
}

export const defineOperation = <I extends z.ZodType, O extends z.ZodType>(
  definition: Definition<I, O>,
): Definition<I, O> => definition;

/** Who calls, and the key under which a repeat of the call has the effect of once. */
export interface Call {
  readonly actor: Actor;
  readonly key: string;
  /** Ends waiting early, when the caller has gone. */
  readonly signal?: AbortSignal;
}

/** Does it. Throws UserInputError for what the caller can mend; anything else is a defect. */
export type Handler<D extends Definition> = (
  input: z.output<D["input"]>,
  call: Call,
) => Promise<z.input<D["output"]>>;

/** A definition with its handler, as the catalog holds it: parses what comes in and what goes out. */
export interface Operation {
  readonly definition: Definition;
  readonly run: (input: unknown, call: Call) => Promise<unknown>;
}

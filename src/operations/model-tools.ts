import { z } from "zod";
import type { Actor } from "../engine/command.ts";
import { refusalOf } from "./authorize.ts";
import { ASSISTANT_TOOLSETS, type Call, type Definition, type Operation } from "./define.ts";
import type { Workspace } from "./ports.ts";

/** An operation as a model is shown it. `reads`: runs at once; else a person must press. */
export interface ModelTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly reads: boolean;
  /** Fields of the answer that hold text from outside. */
  readonly untrusted: readonly string[];
}

/** Operations for a conversation with a model. */
export interface ModelTools {
  /** What the scopes of this actor allow, without what is for people or the bot; sorted by name. */
  readonly offered: (actor: Actor) => Promise<readonly ModelTool[]>;
  /** Why an input would be refused as it is, or null. */
  readonly problemOf: (name: string, input: unknown) => string | null;
  /** Throws what the operation throws. */
  readonly run: (name: string, input: unknown, call: Call) => Promise<unknown>;
}

/** Waits for minutes, which nobody does in a conversation; and asks people who are here anyway. */
const NOT_HERE: readonly string[] = ["run_wait", "approval_request_decision"];

const toolOf = (definition: Definition): ModelTool => ({
  name: definition.name,
  title: definition.title,
  description: definition.description,
  schema: { ...z.toJSONSchema(definition.input, { io: "input" }), type: "object" },
  reads: definition.annotations.readOnlyHint,
  untrusted: definition.untrusted ?? [],
});

/** The catalog as tools of a model. */
export const createModelTools = (
  operations: ReadonlyMap<string, Operation>,
  access: Workspace["access"],
): ModelTools => {
  const open = [...operations.values()]
    .map(({ definition }) => definition)
    .filter(
      ({ name, toolset }) =>
        ASSISTANT_TOOLSETS.some((one) => one === toolset) && !NOT_HERE.includes(name),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  // Schemas are costly to make, and the catalog does not change.
  const made = new Map<string, ModelTool>();
  const tool = (definition: Definition): ModelTool => {
    const known = made.get(definition.name) ?? toolOf(definition);
    made.set(definition.name, known);
    return known;
  };
  const known = (name: string): Operation | undefined =>
    open.some((one) => one.name === name) ? operations.get(name) : undefined;
  return {
    offered: async (actor) => {
      const allowed = await access(actor);
      return open.filter((definition) => refusalOf(definition, actor, allowed) === null).map(tool);
    },
    problemOf: (name, input) => {
      const operation = known(name);
      if (!operation) return `there is no tool ${name}`;
      const parsed = operation.definition.input.safeParse(input ?? {});
      return parsed.success ? null : z.prettifyError(parsed.error);
    },
    run: async (name, input, call) => {
      const operation = known(name);
      if (!operation) throw new Error(`no operation ${name} for a model`);
      return operation.run(input, call);
    },
  };
};

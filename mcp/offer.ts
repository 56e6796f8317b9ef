import { z } from "zod";
import { DEFINITIONS } from "../src/operations/catalog.ts";
import {
  ASSISTANT_TOOLSETS,
  type AssistantToolset,
  type Definition,
} from "../src/operations/define.ts";

/** What one server offers: which toolsets, and whether only what reads. */
export interface Offer {
  readonly toolsets: readonly AssistantToolset[];
  readonly readOnly: boolean;
}

export const DEFAULT_OFFER: Offer = { toolsets: ["core"], readOnly: false };

/** A tool as `tools/list` shows it. */
export interface ListedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: { readonly type: "object"; readonly [key: string]: unknown };
  readonly outputSchema: { readonly type: "object"; readonly [key: string]: unknown };
  readonly annotations: Record<string, boolean>;
}

/** One tool with the operation it stands for. */
export interface OfferedTool {
  readonly definition: Definition;
  readonly listed: ListedTool;
}

// What the surface itself may add to an answer: which fields hold text from outside, and what was left out and how to get it.
const ADDED = {
  untrusted: { type: "array", items: { type: "string" } },
  truncated: { type: "array", items: { type: "string" } },
};

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

// A record of anything is said in fewer words: names are texts in any case, and a schema without a keyword reads like a mistake.
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "propertyNames" || !("additionalProperties" in value))
      .map(([key, item]) => [
        key,
        key === "additionalProperties" && isEmpty(item) ? true : plain(item),
      ]),
  );
};

const schemaOf = (schema: z.ZodType, io: "input" | "output"): ListedTool["inputSchema"] => {
  const made = plain(z.toJSONSchema(schema, { io })) as {
    readonly properties?: Readonly<Record<string, unknown>>;
  };
  // An operation that says `untrusted` itself keeps its own meaning of the field.
  const properties = io === "output" ? { ...ADDED, ...made.properties } : made.properties;
  return { ...made, type: "object", properties };
};

const listedOf = (definition: Definition): ListedTool => ({
  name: definition.name,
  title: definition.title,
  description: definition.description,
  inputSchema: schemaOf(definition.input, "input"),
  outputSchema: schemaOf(definition.output, "output"),
  annotations: { ...definition.annotations },
});

const isForAssistants = (definition: Definition): boolean =>
  ASSISTANT_TOOLSETS.some((toolset) => toolset === definition.toolset);

/** Everything that may be offered to a model. Schemas are costly to make and a factory runs per request, so they are made once. */
export const OFFERED: readonly OfferedTool[] = (DEFINITIONS as readonly Definition[])
  .filter(isForAssistants)
  .map((definition) => ({ definition, listed: listedOf(definition) }));

/** The tools of an offer by name, in the order of the catalog. */
export const toolsOf = ({ readOnly, toolsets }: Offer): ReadonlyMap<string, OfferedTool> =>
  new Map(
    OFFERED.filter(
      ({ definition }) =>
        toolsets.some((toolset) => toolset === definition.toolset) &&
        (!readOnly || definition.annotations.readOnlyHint),
    ).map((tool) => [tool.definition.name, tool]),
  );

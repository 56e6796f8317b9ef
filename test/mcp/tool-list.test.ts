import { encode } from "gpt-tokenizer/encoding/cl100k_base";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { OFFERED, toolsOf } from "../../mcp/offer.ts";
import { ASSISTANT_TOOLSETS } from "../../src/operations/define.ts";

const MAX_CORE_TOKENS = 2_000;

/** Never tools: they decide, set rules or tell people things (design.md section 9). */
const PEOPLE_ONLY =
  /approval_vote|level_waive|votes_delegate|subscription_set|digest_send|policy_get|policy_set|people_set|identity_link|doctor/;

/** What a model is shown of a tool: its name, its description and its input schema. */
const shown = ({ listed }: (typeof OFFERED)[number]): string => {
  const { $schema: _schema, ...inputSchema } = listed.inputSchema;
  return JSON.stringify({ name: listed.name, description: listed.description, inputSchema });
};

const tokensOf = (tools: Iterable<(typeof OFFERED)[number]>): number =>
  [...tools].reduce((sum, tool) => sum + encode(shown(tool)).length, 0);

test("the core tools cost a model less than 2,000 tokens", () => {
  const counts = ASSISTANT_TOOLSETS.map((toolset) => {
    const tools = toolsOf({ toolsets: [toolset], readOnly: false });
    return { toolset, tools: tools.size, tokens: tokensOf(tools.values()) };
  });
  console.log(
    counts.map((one) => `${one.toolset}: ${one.tools} tools, ${one.tokens} tokens`).join("; "),
  );
  const core = counts.find((one) => one.toolset === "core");
  expect(core?.tokens).toBeGreaterThan(500);
  expect(core?.tokens).toBeLessThan(MAX_CORE_TOKENS);
});

test("nothing that is for people is ever offered to a model", () => {
  expect(OFFERED.length).toBeGreaterThan(10);
  for (const { definition } of OFFERED) expect(definition.name).not.toMatch(PEOPLE_ONLY);
});

test("read-only leaves what reads, and toolsets add to each other", () => {
  const all = toolsOf({ toolsets: ASSISTANT_TOOLSETS, readOnly: false });
  const reading = toolsOf({ toolsets: ASSISTANT_TOOLSETS, readOnly: true });
  expect([...reading.values()].every((tool) => tool.definition.annotations.readOnlyHint)).toBe(
    true,
  );
  expect(reading.has("run_start")).toBe(false);
  expect(all.size).toBe(OFFERED.length);
  expect(toolsOf({ toolsets: ["audit"], readOnly: false }).has("audit_search")).toBe(true);
  expect(toolsOf({ toolsets: ["core"], readOnly: false }).has("audit_search")).toBe(false);
});

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const objectsIn = (schema: Schema): readonly Schema[] => [
  ...(schema.properties ? [schema] : []),
  ...Object.values(schema.properties ?? {}).flatMap(objectsIn),
  ...(schema.items ? objectsIn(schema.items) : []),
  ...(schema.anyOf ?? []).flatMap(objectsIn),
];

describe.each(OFFERED.map((tool) => [tool.definition.name, tool] as const))("%s", (name, tool) => {
  const { annotations, description, scope, title } = tool.definition;

  test("has a title, a short description and all four hints", () => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)+$/);
    expect(title.length).toBeGreaterThan(3);
    expect(description.length).toBeLessThanOrEqual(200);
    expect(Object.keys(annotations).sort()).toEqual([
      "destructiveHint",
      "idempotentHint",
      "openWorldHint",
      "readOnlyHint",
    ]);
    expect(annotations.readOnlyHint && annotations.destructiveHint).toBe(false);
    expect(scope).not.toBe("pipeline:admin");
    expect(scope).not.toBeNull();
  });

  test("takes and gives strict objects with snake_case fields of one type each", () => {
    const input = z.toJSONSchema(tool.definition.input, { io: "input" }) as Schema;
    const output = z.toJSONSchema(tool.definition.output, { io: "output" }) as Schema;
    for (const schema of [input, output]) expect(schema.type).toBe("object");
    for (const object of [...objectsIn(input), ...objectsIn(output)]) {
      expect(object.additionalProperties).toBe(false);
      for (const field of Object.keys(object.properties ?? {}))
        expect(field).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    }
    for (const field of Object.values(input.properties ?? {}))
      expect(Array.isArray(field.type), "some model providers refuse a list of types").toBe(false);
  });

  test("takes a key of the client where it writes", () => {
    const { properties } = z.toJSONSchema(tool.definition.input, { io: "input" }) as Schema;
    expect(Object.hasOwn(properties ?? {}, "idempotency_key")).toBe(!annotations.readOnlyHint);
  });
});

import type { Brief } from "../spec/brief.ts";
import type { OptionName } from "../spec/options.ts";
import type { Part } from "../spec/part.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { Prompts } from "./blueprint.ts";
import type { LeftOut } from "./draft.ts";

const chosen = (spec: PipelineSpec, name: string): string =>
  (spec.options as Readonly<Record<string, string>>)[name as OptionName] ??
  (spec.choices as Readonly<Record<string, string>>)[name] ??
  "";

/**
 * Parts whose chosen option has no blueprint folder in this release, and what the folders in use leave out themselves. A
 * part is named once; the plan's own reasons (from facts) go first.
 */
export const collectLeftOut = (
  prompts: Prompts,
  brief: Brief,
  spec: PipelineSpec,
  parts: readonly Part[],
  planned: readonly LeftOut[],
): readonly LeftOut[] => {
  const missing = brief.deliverables.flatMap((deliverable) =>
    Object.entries(deliverable.options).flatMap(([name, ids]) => {
      const value = chosen(spec, name);
      const there = prompts.folders.some(
        (folder) => folder.role === brief.role && folder.id === `${name}/${value}`,
      );
      if (there) return [];
      return ids.map((part) => ({
        part,
        why: `${name}: ${value} waits for a later release`,
        toTurnOn: `choose another value of ${name}`,
      }));
    }),
  );
  const listed = parts.flatMap((part) =>
    part.left_out.map((item) => ({ part: item.part, why: item.why, toTurnOn: item.to_turn_on })),
  );
  const byPart = new Map<string, LeftOut>();
  for (const item of [...planned, ...missing, ...listed]) {
    if (!byPart.has(item.part)) byPart.set(item.part, item);
  }
  return [...byPart.values()];
};

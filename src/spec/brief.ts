import { parse } from "yaml";
import { z } from "zod";
import { BugError } from "../lib/errors.ts";
import { DELIVERABLES } from "./parts.ts";
import { PHASES, ROLES } from "./roles.ts";

const BriefDeliverable = z.strictObject({
  id: z.enum(DELIVERABLES.map((deliverable) => deliverable.id)),
  /** Globs of the files it consists of, relative to the repository; `*` stands for the package and service names. */
  files: z.array(z.string()).min(1),
  /** Ids of checks besides those that every file passes. */
  checks: z.array(z.string()).default([]),
  /** Parts that only the blueprint folder of an option or choice delivers, by option or choice name. */
  options: z.record(z.string(), z.array(z.string())).default({}),
});

const BriefContract = z.strictObject({
  role: z.enum(ROLES),
  title: z.string(),
  phase: z.union(
    PHASES.map((phase) => z.literal(phase)) as [
      z.ZodLiteral<1>,
      z.ZodLiteral<2>,
      z.ZodLiteral<3>,
      z.ZodLiteral<4>,
    ],
  ),
  needs: z.array(z.enum(ROLES)),
  deliverables: z.array(BriefDeliverable).min(1),
  /** Another role whose templates this one renders again with `hardened`, keeping the paths that its own contract names. */
  hardens: z.enum(ROLES).optional(),
  tools: z.array(z.string()),
  effort: z.enum(["low", "medium", "high", "xhigh", "max"]),
  limits: z.strictObject({ turns: z.int().min(1), tokens: z.int().min(1000) }),
});

/** A specialist's contract (front matter of `prompts/<role>/brief.md`) and the prose that Claude reads. */
export type Brief = z.infer<typeof BriefContract> & { readonly prose: string };

const FRONT_MATTER = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/;

/** Reads a brief; `from` names it in errors. BugError BRIEF_INVALID: briefs ship with the product. */
export const parseBrief = (text: string, from: string): Brief => {
  const match = FRONT_MATTER.exec(text);
  if (!match)
    throw new BugError("BRIEF_INVALID", `${from}: expected front matter between --- lines`);
  const result = BriefContract.safeParse(parse(match[1] ?? ""));
  if (!result.success) {
    throw new BugError("BRIEF_INVALID", `${from}: ${z.prettifyError(result.error)}`);
  }
  return { ...result.data, prose: (match[2] ?? "").trim() };
};

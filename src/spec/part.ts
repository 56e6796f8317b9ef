import { parse } from "yaml";
import { z } from "zod";
import { BugError } from "../lib/errors.ts";

/** One make target that a blueprint folder brings. `run` lines may use $(PY), the interpreter of the target's group. */
const MakeTarget = z.strictObject({
  target: z.string().regex(/^[a-z][a-z0-9-]*$/),
  help: z.string().min(5),
  group: z.string().default("core"),
  needs: z.array(z.string()).default([]),
  run: z.array(z.string()).min(1),
});
export type MakeTarget = z.infer<typeof MakeTarget>;

/** Python packages of one dependency group: what the code imports, and the complete set that is installed. Exact pins. */
const PythonGroup = z.strictObject({
  direct: z.array(z.string().regex(/^[A-Za-z0-9_.[\]-]+==[^=\s]+$/)),
  lock: z.array(z.string().regex(/^[A-Za-z0-9_.-]+==[^=]+$/)),
});
export type PythonGroup = z.infer<typeof PythonGroup>;

/** `part.yaml`: what a blueprint folder contributes besides its files. */
const Part = z.strictObject({
  parts: z.array(z.string()),
  python: z.record(z.string(), PythonGroup).default({}),
  make: z.array(MakeTarget).default([]),
  left_out: z
    .array(z.strictObject({ part: z.string(), why: z.string(), to_turn_on: z.string() }))
    .default([]),
  gitignore: z.array(z.string()).default([]),
});
export type Part = z.infer<typeof Part>;

/** Reads a (rendered) `part.yaml`; `from` names it in errors. BugError PART_INVALID: blueprints ship with the product. */
export const parsePart = (text: string, from: string): Part => {
  const result = Part.safeParse(parse(text) ?? {});
  if (result.success) return result.data;
  throw new BugError("PART_INVALID", `${from}: ${z.prettifyError(result.error)}`);
};

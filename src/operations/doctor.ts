import { z } from "zod";
import { defineOperation, type Handler, READ } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

/** What works on this machine, what does not, and what to do about it. */
export const doctor = defineOperation({
  name: "doctor",
  title: "Examine the installation",
  description: "What works here, what does not, and what to do about it. For people only.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({}),
  output: z.strictObject({
    ok: z.boolean(),
    findings: z.array(
      z.strictObject({
        what: z.string(),
        ok: z.boolean(),
        said: z.string(),
        next: z.string().optional(),
      }),
    ),
  }),
});

export const createDoctor =
  ({ doctor: examiner }: Pick<CatalogDeps, "doctor">): Handler<typeof doctor> =>
  async () => {
    const findings = await examiner.examine();
    return {
      ok: findings.every((finding) => finding.ok),
      findings: findings.map(({ next, ok, said, what }) => ({
        what,
        ok,
        said,
        ...(next === null ? {} : { next }),
      })),
    };
  };

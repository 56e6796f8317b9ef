import { z } from "zod";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

const Level = z.enum(["schema", "aggregates", "rows"]);

/** What each level lets out, in words for the person who agrees. */
export const LEAVES: Readonly<Record<z.infer<typeof Level>, string>> = {
  schema: "names, types and counts of columns; no value of a cell",
  aggregates:
    "also figures over groups of ten rows or more and values that ten rows or more hold; no single row, no extreme",
  rows: "also single rows, but for personal columns",
};

/**
 * What may be sent to Claude, and the owner's consent to it. Without `level` it only says how things stand; `none` takes consent back.
 * Throws OWNER_ONLY.
 */
export const dataConsent = defineOperation({
  name: "data_consent",
  title: "What may go to Claude",
  description: "Show or give consent to what may be sent to Claude. For the owner; audited.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({ level: z.enum([...Level.options, "none"]).optional() }),
  output: z.strictObject({
    /** `claude.data` of mlpipeline.yml. */
    wanted: Level,
    agreed: Level.nullable(),
    by: z.string().nullable(),
    at: z.string().nullable(),
    /** Whether Claude may work with what is wanted. */
    covered: z.boolean(),
    leaves: z.string(),
    personal: z.string(),
    next: z.string().nullable(),
  }),
});

export const createDataConsent =
  ({ workspace }: Pick<CatalogDeps, "workspace">): Handler<typeof dataConsent> =>
  async ({ level }, call) => {
    if (level !== undefined)
      await workspace.setConsent(level === "none" ? null : level, call.actor, call.key);
    const { agreed, atMs, by, covered, wanted } = await workspace.consent();
    return {
      wanted,
      agreed,
      by,
      at: atMs === null ? null : new Date(atMs).toISOString(),
      covered,
      leaves: `${wanted}: ${LEAVES[wanted]}`,
      personal: "personal columns are never sent; handoffs show how many cells were",
      next: covered ? null : `the owner agrees with: consent ${wanted}`,
    };
  };

import { z } from "zod";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

/** The owner says once what may leave the house. Throws OWNER_ONLY. */
export const claudeConsent = defineOperation({
  name: "claude_consent",
  title: "Let Claude see data",
  description:
    "What may leave this house for Claude: schema, aggregates of ten rows and more, or rows. For the owner only; audited.",
  scope: "pipeline:admin",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({
    /** "none" takes the consent back. */
    data: z.enum(["none", "schema", "aggregates", "rows"]),
  }),
  output: z.strictObject({ data: z.string() }),
});

export const createClaudeConsent =
  ({ claude }: Pick<CatalogDeps, "claude">): Handler<typeof claudeConsent> =>
  async ({ data }, { actor, key }) => {
    await claude.consent(data === "none" ? null : data, actor, key);
    return { data };
  };

import { z } from "zod";
import { PolicyRules, Roles, Slug } from "../spec/config.ts";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { PolicyShape, readPolicyShape } from "./policy-get.ts";
import type { CatalogDeps } from "./ports.ts";

/**
 * Changes the policy for approvals that open later. `rules` are written as in mlpipeline.yml; keys in `unset` are forgotten.
 * Throws FILE_FIXED for what the file states, OWNER_ONLY, PERSON_NOT_FOUND.
 */
export const policySet = defineOperation({
  name: "policy_set",
  title: "Change who decides",
  description:
    "Change the approval policy or roles for approvals opened later. For admins; audited.",
  scope: "pipeline:admin",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({
    level: z
      .string()
      .regex(
        /^(default|phase\.[1-4]|budget|release|env\.[a-z0-9][a-z0-9-]{0,59})$/,
        "default, phase.1 to phase.4, budget, release or env.<name>",
      )
      .default("default"),
    rules: PolicyRules.prefault({}),
    unset: z.array(z.enum(PolicyRules.keyof().options)).default([]),
    /** Role → what it lets its people do (read, run, approve, deploy, admin). */
    roles: Roles.default({}),
    owner: Slug.optional(),
  }),
  output: PolicyShape,
});

export const createPolicySet =
  (deps: Pick<CatalogDeps, "workspace">): Handler<typeof policySet> =>
  async ({ owner, ...change }, call) => {
    await deps.workspace.setPolicy(
      { ...change, ...(owner === undefined ? {} : { owner }) },
      call.actor,
      call.key,
    );
    return readPolicyShape(deps, null);
  };

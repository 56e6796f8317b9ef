import { z } from "zod";
import type { ResolvedPolicy } from "../engine/policy.ts";
import type { PolicyRules } from "../spec/config.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

const Rules = z.record(z.string(), z.json());

/** Durations are written as in mlpipeline.yml: 90m, 24h, 7d. */
const Resolved = z.strictObject({
  of: z.string(),
  people: z.array(z.string()),
  roles: z.array(z.string()),
  quorum: z.int(),
  distinct_roles: z.boolean(),
  self_approval: z.boolean(),
  risk: z.string().optional(),
  assistant_forms: z.string(),
  min_level: z.record(z.string(), z.string()),
  deadline: z.string(),
  reminders: z.array(z.string()),
  escalate_to: z.array(z.array(z.string())),
  unattested: z.string(),
  environment: z.string().optional(),
});

export const PolicyShape = z.strictObject({
  version: z.string(),
  owner: z.string(),
  owner_fixed: z.boolean(),
  /** What each level states. `fixed` keys come from mlpipeline.yml and cannot be set by command. */
  levels: z.array(z.strictObject({ level: z.string(), rules: Rules, fixed: z.array(z.string()) })),
  /** What approvals that open now get. */
  resolved: z.array(Resolved),
  roles: z.array(
    z.strictObject({ role: z.string(), scopes: z.array(z.string()), fixed: z.boolean() }),
  ),
});

/** The policy in force: who decides what, and what fixes it. */
export const policyGet = defineOperation({
  name: "policy_get",
  title: "Who decides what",
  description: "The approval policy in force, by level and resolved. For people only.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({ pipeline: z.string().max(60).optional() }),
  output: PolicyShape,
});

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
] as const;

/** Milliseconds as a policy file writes them: the greatest unit that divides them. */
const durationText = (ms: number): string => {
  const [unit, size] = UNITS.find(([, one]) => ms % one === 0) ?? (["m", 60_000] as const);
  return `${Math.round(ms / size)}${unit}`;
};

const ruleTexts = (rules: PolicyRules): Record<string, z.core.util.JSONType> => ({
  ...(JSON.parse(JSON.stringify(rules)) as Record<string, z.core.util.JSONType>),
  ...(rules.deadline === undefined ? {} : { deadline: durationText(rules.deadline) }),
  ...(rules.reminders === undefined ? {} : { reminders: rules.reminders.map(durationText) }),
});

const resolvedShape = (of: string, policy: ResolvedPolicy): z.infer<typeof Resolved> => ({
  of,
  people: [...policy.people],
  roles: [...policy.roles],
  quorum: policy.quorum,
  distinct_roles: policy.distinctRoles,
  self_approval: policy.selfApproval,
  ...(policy.risk === null ? {} : { risk: policy.risk }),
  assistant_forms: policy.assistantForms ? "on" : "off",
  min_level: { ...policy.minLevel },
  deadline: durationText(policy.deadlineMs),
  reminders: policy.reminders.map(durationText),
  escalate_to: policy.escalateTo.map((people) => [...people]),
  unattested: policy.unattested,
  ...(policy.environment === null ? {} : { environment: policy.environment }),
});

/** The policy as both operations answer it. */
export const readPolicyShape = async (
  { workspace }: Pick<CatalogDeps, "workspace">,
  pipeline: string | null,
): Promise<z.infer<typeof PolicyShape>> => {
  const view = await workspace.policy(pipeline);
  return {
    version: view.version,
    owner: view.owner,
    owner_fixed: view.ownerFixed,
    levels: view.levels.map(({ fixed, level, rules }) => ({
      level,
      rules: ruleTexts(rules),
      fixed: [...fixed],
    })),
    resolved: Object.entries(view.resolved).map(([of, policy]) => resolvedShape(of, policy)),
    roles: view.roles.map(({ fixed, role, scopes }) => ({ role, scopes: [...scopes], fixed })),
  };
};

export const createPolicyGet =
  (deps: Pick<CatalogDeps, "workspace">): Handler<typeof policyGet> =>
  ({ pipeline }) =>
    readPolicyShape(deps, pipeline ?? null);

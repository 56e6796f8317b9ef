import type { Policy, PolicyRules } from "../../spec/config.ts";
import type { Json } from "../../store/rows.ts";
import type { RuntimeDeps } from "../deps.ts";

/** The setting that holds what commands added to the policy of mlpipeline.yml. Durations are milliseconds. */
export const POLICY_SETTING = "policy";

/** "default", "phase.1" … "phase.4", "budget", "release" or "env.<name>". */
export type PolicyLevelName = string;

type Levels = Pick<Policy, "default" | "phases" | "kinds" | "environments">;
const NOTHING: Levels = { default: {}, phases: {}, kinds: {}, environments: {} };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is stored was written by `policy_set` from parsed rules; anything else counts as nothing said. */
export const storedPolicy = (value: Json): Levels =>
  isObject(value) ? { ...NOTHING, ...(value as Partial<Levels>) } : NOTHING;

/** The rules that one level states; empty for a level that states none. */
export const rulesAt = (levels: Levels, level: PolicyLevelName): PolicyRules => {
  if (level === "default") return levels.default;
  const [kind, name = ""] = level.split(".");
  if (kind === "phase") return levels.phases[name as keyof Policy["phases"]] ?? {};
  if (kind === "env") return levels.environments[name] ?? {};
  return levels.kinds[level as keyof Policy["kinds"]] ?? {};
};

/** The levels with the rules of one replaced. */
export const withRules = (levels: Levels, level: PolicyLevelName, rules: PolicyRules): Levels => {
  if (level === "default") return { ...levels, default: rules };
  const [kind, name = ""] = level.split(".");
  if (kind === "phase") return { ...levels, phases: { ...levels.phases, [name]: rules } };
  if (kind === "env") return { ...levels, environments: { ...levels.environments, [name]: rules } };
  return { ...levels, kinds: { ...levels.kinds, [level]: rules } };
};

/**
 * Keys that mlpipeline.yml fixes at a level: those it states there and those of every level that it would override, or a command
 * could loosen by a more specific level what the file says for all.
 */
export const fixedKeys = (file: Levels, level: PolicyLevelName): readonly string[] => {
  const under =
    level === "default" ? [] : level.startsWith("env.") ? ["default", "release"] : ["default"];
  return [...new Set([level, ...under].flatMap((name) => Object.keys(rulesAt(file, name))))].sort();
};

export const LEVEL_NAMES = [
  "default",
  "phase.1",
  "phase.2",
  "phase.3",
  "phase.4",
  "budget",
  "release",
] as const;

/** Every level that file or command speak of. */
export const levelNames = (...sources: readonly Levels[]): readonly PolicyLevelName[] => [
  ...LEVEL_NAMES,
  ...[...new Set(sources.flatMap((one) => Object.keys(one.environments)))]
    .sort()
    .map((name) => `env.${name}`),
];

/** The file's policy with what commands added to it where the file is silent. */
export const mergePolicy = (file: Policy, stored: Json): Policy => {
  const set = storedPolicy(stored);
  const merged = levelNames(file, set).reduce<Levels>((levels, name) => {
    const fixed = fixedKeys(file, name);
    const added = Object.entries(rulesAt(set, name)).filter(([key]) => !fixed.includes(key));
    return withRules(levels, name, { ...Object.fromEntries(added), ...rulesAt(file, name) });
  }, NOTHING);
  return { ...merged, ...(file.owner === undefined ? {} : { owner: file.owner }) };
};

/** The policy as approvals that open now would see it, before a pipeline's own tightening. */
export const policyInForce = async ({
  config,
  store,
}: Pick<RuntimeDeps, "store" | "config">): Promise<Policy> =>
  mergePolicy(config.policy, await store.settings.get(POLICY_SETTING));

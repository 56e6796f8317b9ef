import type { z } from "zod";
import { UserInputError } from "../../lib/errors.ts";
import { policyGet } from "../../operations/policy-get.ts";
import { policySet } from "../../operations/policy-set.ts";
import { present } from "../../operations/present.ts";
import type { CliContext, CommonOptions } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { table } from "../table.ts";

export interface PolicyOptions extends CommonOptions {
  readonly level?: string;
  readonly set?: readonly string[];
  readonly unset?: readonly string[];
  readonly role?: readonly string[];
  readonly owner?: string;
}

type PolicyInput = z.input<typeof policySet.input>;

const pair = (text: string): readonly [string, string] => {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UserInputError("INVALID_INPUT", `expected key=value, got "${text}"`, {
    next: "mlpipeline policy --help",
  });
};

const listOf = (text: string): string[] => text.split(",").filter((item) => item !== "");

const recordOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    listOf(text).map((item) => {
      const [key = "", value = ""] = item.split(":");
      return [key, value];
    }),
  );

const LISTS = ["roles", "people", "reminders"];

/** A value as the policy file would hold it; what it may be is judged by the operation's schema. */
const ruleOf = (key: string, text: string): unknown => {
  if (LISTS.includes(key)) return listOf(text);
  if (key === "escalate_to") return text.split(";").map(listOf);
  if (key === "min_level") return recordOf(text);
  if (text === "true" || text === "false") return text === "true";
  return /^\d+$/.test(text) ? Number(text) : text;
};

/** Options to the operation's input. Its schema refuses what is no policy, so the types are asserted here and checked there. */
const inputOf = (options: PolicyOptions): PolicyInput =>
  ({
    ...present({ level: options.level, owner: options.owner }),
    rules: Object.fromEntries(
      (options.set ?? []).map(pair).map(([key, text]) => [key, ruleOf(key, text)]),
    ),
    unset: [...(options.unset ?? [])],
    roles: Object.fromEntries(
      (options.role ?? []).map(pair).map(([role, scopes]) => [role, listOf(scopes)]),
    ),
  }) as PolicyInput;

const isChange = ({ owner, role, set, unset }: PolicyOptions): boolean =>
  [owner, role, set, unset].some((value) => value !== undefined);

/** Shows who decides what, or changes it. */
export const policy = async (
  context: CliContext,
  pipeline: string | undefined,
  options: PolicyOptions,
): Promise<ExitCode> => {
  const session = await context.open(present({ key: options.key }));
  try {
    const view = isChange(options)
      ? await session.call(policySet, inputOf(options))
      : await session.call(policyGet, present({ pipeline }));
    answer(context.io, view, render);
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

const whoOf = (people: readonly string[], roles: readonly string[], owner: string): string => {
  const named = [...people, ...roles.map((role) => `role ${role}`)];
  return named.length > 0 ? named.join(", ") : `${owner || "nobody yet"} (owner)`;
};

const render = (view: z.output<typeof policyGet.output>): string => {
  const stated = view.levels.filter((one) => Object.keys(one.rules).length > 0);
  return [
    `policy ${view.version} · owner ${view.owner || "nobody yet"}`,
    table([
      ["for", "who decides", "votes", "self", "deadline", "reminders", "environment"],
      ...view.resolved.map((one) => [
        one.of,
        whoOf(one.people, one.roles, view.owner),
        `${one.quorum}${one.distinct_roles ? " of distinct roles" : ""}`,
        one.self_approval ? "allowed" : "no",
        one.deadline,
        one.reminders.join(", "),
        one.environment ?? "",
      ]),
    ]),
    ...(stated.length > 0
      ? [
          table([
            ["level", "states", "fixed by mlpipeline.yml"],
            ...stated.map((one) => [one.level, JSON.stringify(one.rules), one.fixed.join(", ")]),
          ]),
        ]
      : []),
    ...(view.roles.length > 0
      ? [
          table([
            ["role", "may"],
            ...view.roles.map(({ role, scopes }) => [role, scopes.join(", ")]),
          ]),
        ]
      : []),
  ].join("\n\n");
};

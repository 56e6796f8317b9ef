import { UserInputError } from "../../lib/errors.ts";
import { peopleList, peopleSet } from "../../operations/people-set.ts";
import { present } from "../../operations/present.ts";
import type { CliContext, CommonOptions } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { table } from "../table.ts";

export interface PeopleOptions extends CommonOptions {
  readonly name?: string;
  readonly role?: readonly string[];
  readonly slack?: readonly string[];
  readonly os?: readonly string[];
  readonly mcp?: readonly string[];
  readonly untie?: readonly string[];
  readonly on?: boolean;
  readonly off?: boolean;
}

const KINDS = ["slack", "os", "mcp"] as const;

/** "slack:T1/U1" to an account. UserInputError INVALID_INPUT. */
const accountOf = (text: string) => {
  const at = text.indexOf(":");
  const kind = KINDS.find((one) => one === text.slice(0, at));
  if (kind !== undefined && at < text.length - 1) return { kind, account: text.slice(at + 1) };
  throw new UserInputError("INVALID_INPUT", `expected slack:…, os:… or mcp:…, got "${text}"`, {
    next: "mlpipeline people lists the accounts",
  });
};

const isChange = (options: PeopleOptions): boolean =>
  [
    options.name,
    options.role,
    options.slack,
    options.os,
    options.mcp,
    options.untie,
    options.on,
    options.off,
  ].some((value) => value !== undefined);

/** Lists people, or adds or changes the one that is named. */
export const people = async (
  context: CliContext,
  person: string | undefined,
  options: PeopleOptions,
): Promise<ExitCode> => {
  const session = await context.open(present({ key: options.key }));
  try {
    if (person !== undefined && isChange(options)) {
      const active = options.off ? false : options.on ? true : undefined;
      const set = await session.call(peopleSet, {
        person,
        ...present({ name: options.name, active }),
        ...(options.role === undefined ? {} : { roles: [...options.role] }),
        add: KINDS.flatMap((kind) => (options[kind] ?? []).map((account) => ({ kind, account }))),
        remove: (options.untie ?? []).map(accountOf),
      });
      answer(context.io, set, (value) => peopleTable([value]));
      return EXIT.ok;
    }
    const found = await session.call(peopleList, present({ person }));
    answer(context.io, found, (value) =>
      value.people.length === 0 ? "nobody here is called that" : peopleTable(value.people),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

interface Line {
  readonly person: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly active: boolean;
  readonly owner: boolean;
  readonly fixed: boolean;
  readonly accounts: readonly { readonly kind: string; readonly account: string }[];
}

const peopleTable = (lines: readonly Line[]): string =>
  table([
    ["person", "name", "roles", "may", "accounts", "from"],
    ...lines.map((line) => [
      `${line.person}${line.owner ? " (owner)" : ""}${line.active ? "" : " (gone)"}`,
      line.name,
      line.roles.join(", "),
      line.scopes.join(", "),
      line.accounts.map(({ account, kind }) => `${kind}:${account}`).join(" "),
      line.fixed ? "mlpipeline.yml" : "set here",
    ]),
  ]);

import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { Slug } from "../spec/config.ts";
import { defineOperation, type Handler, READ, WRITE } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

const Account = z.strictObject({
  kind: z.enum(["slack", "mcp", "os"]),
  /** slack: team/user (T1:U1 is understood too) · mcp: the principal · os: the user's name. */
  account: z.string().min(1).max(200),
});

const Person = z.strictObject({
  person: z.string(),
  name: z.string(),
  roles: z.array(z.string()),
  scopes: z.array(z.string()),
  active: z.boolean(),
  owner: z.boolean(),
  /** mlpipeline.yml states this person, so that it alone changes name, roles and whether the person is here. */
  fixed: z.boolean(),
  accounts: z.array(z.strictObject({ ...Account.shape, fixed: z.boolean() })),
});

/** Everybody here: roles, what they may do, accounts. */
export const peopleList = defineOperation({
  name: "people_list",
  title: "Who is here",
  description: "People, their roles and accounts. For people only.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({ person: z.string().optional() }),
  output: z.strictObject({ people: z.array(Person) }),
});

/** Adds or changes a person. Throws FILE_FIXED, OWNER_ONLY, IDENTITY_TAKEN, IDENTITY_NOT_FOUND, INVALID_INPUT. */
export const peopleSet = defineOperation({
  name: "people_set",
  title: "Add or change a person",
  description: "Add a person, or change name, roles and accounts of one. For admins; audited.",
  scope: "pipeline:admin",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({
    person: Slug,
    name: z.string().min(1).max(100).optional(),
    roles: z.array(Slug).max(20).optional(),
    active: z.boolean().optional(),
    add: z.array(Account).max(10).default([]),
    remove: z.array(Account).max(10).default([]),
  }),
  output: Person,
});

type Deps = Pick<CatalogDeps, "workspace">;

const shapesOf = async ({ workspace }: Deps, only?: string) => {
  const people = (await workspace.people()).filter((row) => only === undefined || row.id === only);
  return Promise.all(
    people.map(async (row) => {
      const actor = { person: row.id, via: "worker" as const, ref: "people", model: false };
      return {
        person: row.id,
        name: row.name,
        roles: [...row.roles],
        scopes: row.active ? [...(await workspace.access(actor)).scopes] : [],
        active: row.active,
        owner: row.owner,
        fixed: row.source === "file",
        accounts: row.identities.map(({ kind, source, subject }) => ({
          kind,
          account: subject,
          fixed: source === "file",
        })),
      };
    }),
  );
};

export const createPeopleList =
  (deps: Deps): Handler<typeof peopleList> =>
  async ({ person }) => ({ people: await shapesOf(deps, person) });

const placeOf = ({ account, kind }: z.infer<typeof Account>) => ({
  kind,
  subject: kind === "slack" ? account.replace(":", "/") : account,
});

export const createPeopleSet =
  (deps: Deps): Handler<typeof peopleSet> =>
  async ({ active, add, name, person, remove, roles }, call) => {
    const change = {
      id: person,
      ...(name === undefined ? {} : { name }),
      ...(roles === undefined ? {} : { roles }),
      ...(active === undefined ? {} : { active }),
      add: add.map(placeOf),
      remove: remove.map(placeOf),
    };
    await deps.workspace.setPerson(change, call.actor, call.key);
    const [shape] = await shapesOf(deps, person);
    if (shape) return shape;
    throw new UserInputError("PERSON_NOT_FOUND", `nobody here is called ${person}`);
  };

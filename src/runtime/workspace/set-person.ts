import type { Actor } from "../../engine/command.ts";
import { UserInputError } from "../../lib/errors.ts";
import type { Loaded, Writes } from "../../store/port.ts";
import type { IdentityRow, PersonRow } from "../../store/rows.ts";
import { OWNER_SETTING } from "../people.ts";
import { commitWorkspace, isSame, mustBeFree, type Place, type WorkspaceDeps } from "./identity.ts";

/** What is to be changed about a person; what is left out stays. A new person needs a name. */
export interface PersonChange {
  readonly id: string;
  readonly name?: string;
  readonly roles?: readonly string[];
  readonly active?: boolean;
  readonly add: readonly Place[];
  readonly remove: readonly Place[];
}

/** A person with the accounts that are his. */
export interface PersonView extends PersonRow {
  readonly owner: boolean;
  readonly identities: readonly IdentityRow[];
}

const fixed = (what: string): UserInputError =>
  new UserInputError("FILE_FIXED", `${what} is stated in mlpipeline.yml`, {
    next: "the owner edits mlpipeline.yml and starts mlpipeline again",
  });

const ownerOnly = (owner: string): UserInputError =>
  new UserInputError("OWNER_ONLY", "only the owner changes the owner's own entry", {
    next: `ask ${owner}`,
  });

const personAfter = (before: PersonRow | undefined, change: PersonChange): PersonRow => {
  if (before === undefined && change.name === undefined)
    throw new UserInputError("INVALID_INPUT", `expected a name for the new person ${change.id}`, {
      next: "people_set with a name",
    });
  return {
    id: change.id,
    name: change.name ?? before?.name ?? change.id,
    roles: change.roles ?? before?.roles ?? [],
    active: change.active ?? before?.active ?? true,
    source: before?.source ?? "set",
  };
};

const mustBeAllowed = (
  { reads }: Loaded,
  before: PersonRow | undefined,
  change: PersonChange,
  who: { readonly actor: Actor; readonly owner: string },
): void => {
  const { actor, owner } = who;
  if (change.id === owner && actor.person !== owner) throw ownerOnly(owner);
  if (change.id === owner && change.active === false)
    throw new UserInputError("OWNER_ONLY", "the owner cannot be taken away", {
      next: "hand the home over first (policy owner)",
    });
  const stated = change.name ?? change.roles ?? change.active;
  if (before?.source === "file" && stated !== undefined) throw fixed(`the entry of ${change.id}`);
  const rows = reads.identities();
  for (const place of change.remove) {
    const tied = rows.find((row) => isSame(row, place) && row.personId === change.id);
    if (tied === undefined)
      throw new UserInputError(
        "IDENTITY_NOT_FOUND",
        `${place.kind} ${place.subject} is not ${change.id}'s`,
        { next: "people_list" },
      );
    if (tied.source === "file") throw fixed(`${place.kind} ${place.subject}`);
  }
};

const planSet = (
  loaded: Loaded,
  change: PersonChange,
  who: { readonly actor: Actor; readonly owner: string },
): Omit<Writes<true>, "events" | "outbox"> => {
  const before = loaded.reads.people().find((row) => row.id === change.id);
  mustBeAllowed(loaded, before, change, who);
  for (const place of change.add) mustBeFree(loaded, place, change.id);
  const known = loaded.reads.identities();
  const added = change.add.filter((place) => !known.some((row) => isSame(row, place)));
  const { active, name, roles } = personAfter(before, change);
  return {
    answer: true,
    people: before?.source === "file" ? [] : [personAfter(before, change)],
    identities: [
      ...change.remove.map((place) => ({ ...place, personId: null, source: "set" as const })),
      ...added.map((place) => ({ ...place, personId: change.id, source: "set" as const })),
    ],
    audit: [
      {
        action: "PersonSet",
        subject: change.id,
        detail: {
          name,
          roles,
          active,
          added: added.map((place) => `${place.kind} ${place.subject}`),
          removed: change.remove.map((place) => `${place.kind} ${place.subject}`),
        },
      },
    ],
  };
};

/** Adds or changes a person. UserInputError FILE_FIXED, OWNER_ONLY, IDENTITY_TAKEN, IDENTITY_NOT_FOUND, INVALID_INPUT. */
export const setPerson = async (
  deps: WorkspaceDeps,
  change: PersonChange,
  actor: Actor,
  key: string,
): Promise<void> => {
  const payload = JSON.parse(JSON.stringify(change));
  await commitWorkspace<true>(deps, { actor, key, payload }, (loaded) => {
    const setting = loaded.reads.setting(OWNER_SETTING);
    const owner = deps.config.policy.owner ?? (typeof setting === "string" ? setting : "");
    return planSet(loaded, change, { actor, owner });
  });
};

/** Everybody, with their accounts. */
export const listPeople = async (deps: WorkspaceDeps): Promise<readonly PersonView[]> => {
  const { config, store } = deps;
  const owner = config.policy.owner ?? (await store.settings.get(OWNER_SETTING));
  const people = await store.people.list();
  return Promise.all(
    people.map(async (person) => ({
      ...person,
      owner: person.id === owner,
      identities: await store.people.identities(person.id),
    })),
  );
};

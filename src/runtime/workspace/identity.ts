import type { Actor } from "../../engine/command.ts";
import { UserInputError } from "../../lib/errors.ts";
import { canonicalJson, sha256 } from "../../lib/hash.ts";
import type { Loaded, Writes } from "../../store/port.ts";
import type { CodeRow, IdentityRow, Json } from "../../store/rows.ts";
import type { RuntimeDeps } from "../deps.ts";
import { WORKSPACE } from "../people.ts";
import { makeCode, tryCode } from "./codes.ts";

export type Place = Pick<IdentityRow, "kind" | "subject">;

export type WorkspaceDeps = Pick<
  RuntimeDeps,
  "store" | "config" | "clock" | "newId" | "slackConfigured"
>;

/** The account that an actor came with; null for one that no account stands behind (the bot, the worker). */
export const identityOf = (actor: Actor): Place | null => {
  const at = actor.ref.indexOf("/");
  if (at < 1 || at === actor.ref.length - 1) return null;
  if (actor.via === "slack") return { kind: "slack", subject: actor.ref };
  if (actor.via === "cli") return { kind: "os", subject: actor.ref.slice(at + 1) };
  return actor.via === "mcp" ? { kind: "mcp", subject: actor.ref } : null;
};

export const isSame = (a: Place, b: Place): boolean => a.kind === b.kind && a.subject === b.subject;

/** Commits what belongs to no run. What `plan` throws rolls everything back; the same key and payload give the first answer. */
export const commitWorkspace = async <A extends Json>(
  { clock, store }: Pick<WorkspaceDeps, "store" | "clock">,
  call: { readonly actor: Actor; readonly key: string; readonly payload: Json },
  plan: (loaded: Loaded) => Omit<Writes<A>, "events" | "outbox"> & Partial<Pick<Writes, "outbox">>,
): Promise<A> => {
  const { actor, key, payload } = call;
  const done = await store.commit<A>(
    {
      runId: WORKSPACE,
      key,
      payloadHash: sha256(canonicalJson({ payload, person: actor.person })),
      nowMs: clock.nowMs(),
      actor,
    },
    (loaded) => ({ events: [], outbox: [], ...plan(loaded) }),
  );
  if (done.kind !== "rejected") return done.answer;
  const { code, message, valid } = done.rejection;
  throw new UserInputError(code, message, { next: valid.join(", ") });
};

const taken = ({ kind, subject }: Place): UserInputError =>
  new UserInputError("IDENTITY_TAKEN", `${kind} ${subject} is tied to another person`, {
    next: "an admin unties it first (people)",
  });

/** Refuses an account that is another person's: nobody becomes two, and nobody becomes somebody else in passing. */
export const mustBeFree = (loaded: Loaded, place: Place, personId: string): void => {
  const tied = loaded.reads.identities().find((row) => isSame(row, place));
  if (tied !== undefined && tied.personId !== personId) throw taken(place);
};

export interface LinkCode {
  readonly code: string;
  readonly expiresAtMs: number | null;
}

/** A code that ties another account to the caller's own person. Whoever reads it can become that person: show it to nobody else. */
export const makeLinkCode = async (
  deps: WorkspaceDeps,
  personId: string,
  actor: Actor,
  key: string,
): Promise<LinkCode> => {
  const { code, row } = await makeCode(
    { purpose: "link", personId, subject: "" },
    deps.clock.nowMs(),
  );
  await commitWorkspace(deps, { actor, key: `${key}/${deps.newId()}`, payload: personId }, () => ({
    answer: true,
    codes: [{ op: "put", row }],
    audit: [{ action: "LinkCodeMade", subject: personId }],
  }));
  return { code, expiresAtMs: row.expiresAt };
};

const planTie = (loaded: Loaded, row: CodeRow, place: Place) => {
  const person = loaded.reads.people().find((one) => one.id === row.personId && one.active);
  if (person === undefined)
    throw new UserInputError("PERSON_GONE", "the person of this code is no longer here", {
      next: "ask for a new code",
    });
  mustBeFree(loaded, place, person.id);
  const own = loaded.reads.identities().filter((one) => one.personId === person.id);
  if (row.purpose === "claim" && own.some((one) => one.kind === "slack" && !isSame(one, place)))
    throw new UserInputError("CLAIMED", `${person.id} has a Slack account already`, {
      next: "the owner uses link",
    });
  const already = own.some((one) => isSame(one, place));
  return {
    answer: { person: person.id, name: person.name, already },
    codes: [{ op: "use" as const, lookup: row.lookup }],
    identities: already ? [] : [{ ...place, personId: person.id, source: "set" as const }],
    audit: [
      {
        action: row.purpose === "claim" ? "OwnerClaimed" : "IdentityTied",
        subject: person.id,
        detail: { kind: place.kind, account: place.subject },
      },
    ],
  };
};

export interface Tied {
  readonly person: string;
  readonly name: string;
  readonly already: boolean;
  readonly [key: string]: string | boolean;
}

/** Ties the caller's account to the person of a claim or link code. UserInputError CODE_INVALID, CODE_USED, IDENTITY_TAKEN, CLAIMED. */
export const tieIdentity = async (
  deps: WorkspaceDeps,
  typed: string,
  purpose: "claim" | "link",
  actor: Actor,
  key: string,
): Promise<Tied> => {
  const place = identityOf(actor);
  if (place === null)
    throw new UserInputError("NO_ACCOUNT", "no account stands behind this call", {
      next: "type the code in Slack or in the terminal",
    });
  const row = await tryCode(deps, typed, purpose, key);
  if (row === null)
    throw new UserInputError("CODE_INVALID", "this code is wrong, used up or too old", {
      next:
        purpose === "claim"
          ? "mlpipeline init --claim prints a new one"
          : "ask for a new one with link",
    });
  const payload = { lookup: row.lookup, ...place };
  return commitWorkspace<Tied>(deps, { actor, key, payload }, (loaded) =>
    row.usedKey === key
      ? { answer: { person: row.personId, name: row.personId, already: true } }
      : planTie(loaded, row, place),
  );
};

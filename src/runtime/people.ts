import type { Actor } from "../engine/command.ts";
import { sha256 } from "../lib/hash.ts";
import type { NewId } from "../lib/id.ts";
import type { WorkspaceConfig } from "../spec/config.ts";
import type { Loaded, Store, Writes } from "../store/port.ts";
import type { IdentityRow, PersonRow } from "../store/rows.ts";
import { makeCode } from "./workspace/codes.ts";

/** The setting that holds who owns the home. */
export const OWNER_SETTING = "owner";

/** Id under which what belongs to no run is committed. */
export const WORKSPACE = "workspace";

/** The actor of what a start of the program does by itself. */
export const BOOT: Actor = { person: null, via: "cli", ref: "start", model: false };

const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60) || "owner";

/** A Slack account as the file writes it (T1:U1) and as the store keeps it (T1/U1). */
export const slackSubject = (text: string): string => text.replace(":", "/");

const identitiesOf = (person: WorkspaceConfig["people"][number]): readonly IdentityRow[] => {
  const of = (kind: IdentityRow["kind"], subjects: readonly string[]) =>
    subjects.map((subject) => ({ kind, subject, personId: person.id, source: "file" as const }));
  return [
    ...of("slack", person.slack.map(slackSubject)),
    ...of("mcp", person.mcp),
    ...of("os", person.os),
  ];
};

const wantedOf = (config: WorkspaceConfig): readonly PersonRow[] =>
  config.people.map(({ id, name, roles }) => ({ id, name, roles, active: true, source: "file" }));

type PeopleWrites = Required<Pick<Writes, "people" | "identities" | "settings">>;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const placeOf = ({ kind, subject }: Pick<IdentityRow, "kind" | "subject">) => `${kind} ${subject}`;

/** What the store lacks of the file. Who left the file stays known but inactive, and the identities it gave are untied. */
const changesOf = (
  config: WorkspaceConfig,
  now: {
    readonly people: readonly PersonRow[];
    readonly identities: readonly IdentityRow[];
    readonly owner: unknown;
  },
): PeopleWrites => {
  const wanted = wantedOf(config);
  const ties = config.people.flatMap(identitiesOf);
  const known = new Map(now.people.map((row) => [row.id, row]));
  const tied = new Map(now.identities.map((row) => [placeOf(row), row]));
  const places = new Set(ties.map(placeOf));
  const gone = now.people.filter(
    (row) => row.source === "file" && row.active && !wanted.some((one) => one.id === row.id),
  );
  const untied = now.identities.filter((row) => row.source === "file" && !places.has(placeOf(row)));
  const { owner } = config.policy;
  const plain = ({ active, id, name, roles, source }: PersonRow) => [
    active,
    id,
    name,
    roles,
    source,
  ];
  return {
    people: [
      ...wanted.filter((row) => {
        const before = known.get(row.id);
        return before === undefined || !same(plain(before), plain(row));
      }),
      ...gone.map((row) => ({ ...row, active: false })),
    ],
    identities: [
      ...untied.map((row) => ({ ...row, personId: null })),
      ...ties.filter((row) => {
        const before = tied.get(placeOf(row));
        return before?.personId !== row.personId || before.source !== "file";
      }),
    ],
    settings:
      owner === undefined || owner === now.owner ? [] : [{ key: OWNER_SETTING, value: owner }],
  };
};

const isEmpty = ({ identities, people, settings }: PeopleWrites): boolean =>
  people.length + identities.length + settings.length === 0;

const readNow = ({ reads }: Loaded) => ({
  people: reads.people(),
  identities: reads.identities(),
  owner: reads.setting(OWNER_SETTING),
});

/** Brings the people of mlpipeline.yml into the store. People and identities that commands added stay. Repeats change nothing. */
export const syncPeople = async (
  store: Store,
  config: WorkspaceConfig,
  nowMs: number,
  newId: NewId,
): Promise<void> => {
  const people = await store.people.list();
  const identities = (
    await Promise.all(people.map((person) => store.people.identities(person.id)))
  ).flat();
  const owner = await store.settings.get(OWNER_SETTING);
  if (isEmpty(changesOf(config, { people, identities, owner }))) return;
  const payloadHash = sha256(JSON.stringify(config.people));
  await store.commit(
    { runId: WORKSPACE, key: `people/${newId()}`, payloadHash, nowMs, actor: BOOT },
    (loaded) => {
      const changes = changesOf(config, readNow(loaded));
      return {
        events: [],
        outbox: [],
        answer: true,
        ...changes,
        audit: isEmpty(changes) ? [] : [{ action: "PeopleRead", subject: "mlpipeline.yml" }],
      };
    },
  );
};

/** Who a home belongs to. `claimCode` is there once, when it is made. */
export interface Ownership {
  readonly owner: string;
  readonly claimCode: string | null;
  readonly created: boolean;
}

// A person of the file who is somebody else must not become the owner for having this operating-system user's name.
const freeId = async (store: Store, id: string): Promise<string> =>
  (await store.people.get(id)) === null ? id : `${id.slice(0, 50)}-os`;

/**
 * Makes the person at this terminal the owner of a home that has none, and a one-time code that claims the same person in
 * Slack. A home that has an owner is left as it is.
 */
export const ensureOwner = async (
  store: Store,
  osUser: string,
  nowMs: number,
): Promise<Ownership> => {
  const owner = await store.settings.get(OWNER_SETTING);
  if (typeof owner === "string") return { owner, claimCode: null, created: false };
  const known = await store.people.byIdentity("os", osUser);
  const id = known?.id ?? (await freeId(store, slugOf(osUser)));
  const claim = await makeCode({ purpose: "claim", personId: id, subject: "" }, nowMs);
  const made = await store.commit(
    { runId: WORKSPACE, key: `owner/${id}`, payloadHash: sha256(id), nowMs, actor: BOOT },
    () => ({
      events: [],
      outbox: [],
      answer: true,
      people: known ? [] : [{ id, name: osUser, roles: [], active: true, source: "set" }],
      identities: known ? [] : [{ kind: "os", subject: osUser, personId: id, source: "set" }],
      settings: [{ key: OWNER_SETTING, value: id }],
      codes: [{ op: "put", row: claim.row }],
      audit: [{ action: "OwnerMade", subject: id }],
    }),
  );
  const created = made.kind === "committed";
  return { owner: id, claimCode: created ? claim.code : null, created };
};

/**
 * A new claim code for the owner, who has no Slack account yet; the earlier code ends. Null once the owner is claimed, because a
 * second account would be somebody else's way in.
 */
export const renewClaim = async (
  store: Store,
  nowMs: number,
  newId: NewId,
): Promise<string | null> => {
  const owner = await store.settings.get(OWNER_SETTING);
  if (typeof owner !== "string") return null;
  const claimed = await store.people.identities(owner);
  if (claimed.some((identity) => identity.kind === "slack")) return null;
  const claim = await makeCode({ purpose: "claim", personId: owner, subject: "" }, nowMs);
  await store.commit(
    { runId: WORKSPACE, key: `claim/${newId()}`, payloadHash: sha256(owner), nowMs, actor: BOOT },
    () => ({
      events: [],
      outbox: [],
      answer: true,
      codes: [{ op: "put", row: claim.row }],
      audit: [{ action: "ClaimCodeMade", subject: owner }],
    }),
  );
  return claim.code;
};

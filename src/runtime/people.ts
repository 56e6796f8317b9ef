import { randomInt } from "node:crypto";
import type { Actor } from "../engine/command.ts";
import { sha256 } from "../lib/hash.ts";
import type { WorkspaceConfig } from "../spec/config.ts";
import type { Store } from "../store/port.ts";
import type { IdentityRow, PersonRow } from "../store/rows.ts";

/** The settings that hold who owns the home and the hash of its claim code. */
export const OWNER_SETTING = "owner";
export const CLAIM_SETTING = "claim_code_hash";

const BOOT: Actor = { person: null, via: "cli", ref: "start", model: false };

const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60) || "owner";

const identitiesOf = (person: WorkspaceConfig["people"][number]): readonly IdentityRow[] => [
  ...person.slack.map(
    (subject): IdentityRow => ({
      kind: "slack",
      subject: subject.replace(":", "/"),
      personId: person.id,
    }),
  ),
  ...person.mcp.map((subject): IdentityRow => ({ kind: "mcp", subject, personId: person.id })),
  ...person.os.map((subject): IdentityRow => ({ kind: "os", subject, personId: person.id })),
];

/** Brings the people of mlpipeline.yml into the store; who left the file stays known but inactive. Repeats change nothing. */
export const syncPeople = async (
  store: Store,
  config: WorkspaceConfig,
  nowMs: number,
): Promise<void> => {
  if (config.people.length === 0) return;
  const wanted = config.people.map(
    (person): PersonRow => ({
      id: person.id,
      name: person.name,
      roles: person.roles,
      active: true,
    }),
  );
  const known = await store.people.list();
  const gone = known
    .filter((person) => person.active && !wanted.some((row) => row.id === person.id))
    .map((person) => ({ ...person, active: false }));
  const payloadHash = sha256(JSON.stringify(config.people));
  await store.commit(
    { runId: "workspace", key: `people/${payloadHash}`, payloadHash, nowMs, actor: BOOT },
    () => ({
      events: [],
      outbox: [],
      answer: true,
      people: [...wanted, ...gone],
      identities: config.people.flatMap(identitiesOf),
      ...(config.policy.owner
        ? { settings: [{ key: OWNER_SETTING, value: config.policy.owner }] }
        : {}),
    }),
  );
};

/** Who a home belongs to. `claimCode` is there once, when the home is made. */
export interface Ownership {
  readonly owner: string;
  readonly claimCode: string | null;
  readonly created: boolean;
}

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
  const id = slugOf(osUser);
  const claimCode = Array.from({ length: 8 }, () => randomInt(10)).join("");
  await store.commit(
    { runId: "workspace", key: `owner/${id}`, payloadHash: sha256(id), nowMs, actor: BOOT },
    () => ({
      events: [],
      outbox: [],
      answer: true,
      people: [{ id, name: osUser, roles: [], active: true }],
      identities: [{ kind: "os", subject: osUser, personId: id }],
      settings: [
        { key: OWNER_SETTING, value: id },
        { key: CLAIM_SETTING, value: sha256(claimCode) },
      ],
      audit: [{ action: "OwnerMade", subject: id }],
    }),
  );
  return { owner: id, claimCode, created: true };
};

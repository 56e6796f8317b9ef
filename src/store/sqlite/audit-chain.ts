import { desc } from "drizzle-orm";
import { canonicalJson, sha256 } from "../../lib/hash.ts";
import type { Writes } from "../port.ts";
import type { AuditWrite, Json } from "../rows.ts";
import { audit } from "../tables/workspace.ts";
import { FIRST_PREV } from "./chain.ts";
import type { Connection } from "./connect.ts";

type Db = Connection["db"];
export type AuditLogRow = typeof audit.$inferSelect;

/** Hash of one audit line over the one before it: sha256(prev ‖ canonical JSON of the other columns, free JSON as its text). */
export const auditHash = ({
  actor,
  changes,
  detail,
  hash: _hash,
  id: _id,
  prev,
  ...row
}: Omit<AuditLogRow, "hash" | "id"> & { readonly hash?: string; readonly id?: number }): string =>
  sha256(
    prev +
      canonicalJson({
        ...row,
        actor: JSON.stringify(actor),
        detail: JSON.stringify(detail ?? null),
        changes: JSON.stringify(changes ?? null),
      }),
  );

const lastHash = (db: Db): string =>
  db.select({ hash: audit.hash }).from(audit).orderBy(desc(audit.id)).limit(1).get()?.hash ??
  FIRST_PREV;

/** Where an audit line stands: when, by whom, and after which event of which run. */
export interface AuditAt {
  readonly nowMs: number;
  readonly runId: string | null;
  readonly actor: AuditLogRow["actor"];
  readonly headSeq: number;
  readonly headHash: string | null;
}

/** Appends one line to the chain; called inside a transaction that writes, so that no two lines follow the same one. */
export const putAudit = (
  db: Db,
  line: AuditWrite,
  at: AuditAt,
  changes: Json | null = null,
): void => {
  const row = {
    at: at.nowMs,
    runId: at.runId,
    actor: at.actor,
    person: at.actor.person,
    onBehalfOf: line.onBehalfOf ?? null,
    action: line.action,
    subject: line.subject,
    attested: line.attested ?? null,
    policyVersion: line.policyVersion ?? null,
    evidence: line.evidence ?? null,
    detail: line.detail ?? {},
    headSeq: at.headSeq,
    headHash: at.headHash,
    changes,
    prev: lastHash(db),
  };
  db.insert(audit)
    .values({ ...row, hash: auditHash(row) })
    .run();
};

/** The part of a code that never changes: whose, for what, and the hash that a typed code must meet. */
export const codePart = ({
  createdAt,
  expiresAt,
  hash,
  lookup,
  personId,
  purpose,
  salt,
  subject,
}: {
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly hash: string;
  readonly lookup: string;
  readonly personId: string;
  readonly purpose: string;
  readonly salt: string;
  readonly subject: string;
}) => ({ createdAt, expiresAt, hash, lookup, personId, purpose, salt, subject });

/** What a plan changes about people, accounts, settings and codes, to stand in the audit line of its command; null: nothing. */
export const workspaceChanges = ({
  codes = [],
  identities = [],
  people = [],
  settings = [],
}: Writes): Json | null => {
  const made = codes.flatMap((write) => (write.op === "put" ? [codePart(write.row)] : []));
  const changes = {
    ...(people.length > 0 ? { people: people.map((row) => ({ ...row })) } : {}),
    ...(identities.length > 0 ? { identities: identities.map((row) => ({ ...row })) } : {}),
    ...(settings.length > 0 ? { settings: settings.map((row) => ({ ...row })) } : {}),
    ...(made.length > 0 ? { codes: made } : {}),
  };
  return Object.keys(changes).length > 0 ? changes : null;
};

import { asc, eq } from "drizzle-orm";
import type { LoggedEvent } from "../../engine/event.ts";
import { canonicalJson } from "../../lib/hash.ts";
import * as t from "../tables/workspace.ts";
import { type AuditLogRow, auditHash, codePart } from "./audit-chain.ts";
import { FIRST_PREV } from "./chain.ts";
import type { Connection } from "./connect.ts";

type Db = Connection["db"];
type Table = Map<string, string>;

/** What `changes` of an audit line holds; written by the store itself. */
interface Changes {
  readonly people?: readonly { readonly id: string }[];
  readonly identities?: readonly {
    readonly kind: string;
    readonly subject: string;
    readonly personId: string | null;
  }[];
  readonly settings?: readonly { readonly key: string; readonly value: unknown }[];
  readonly codes?: readonly { readonly lookup: string }[];
}

const text = (value: unknown): string => JSON.stringify(value, Object.keys(value ?? {}).sort());

interface Tables {
  readonly person: Table;
  readonly identity: Table;
  readonly setting: Table;
  readonly one_time_code: Table;
}

const emptyTables = (): Tables => ({
  person: new Map(),
  identity: new Map(),
  setting: new Map(),
  one_time_code: new Map(),
});

const applyChanges = (tables: Tables, changes: Changes): void => {
  for (const row of changes.people ?? []) tables.person.set(row.id, text(row));
  for (const row of changes.identities ?? []) {
    const key = `${row.kind} ${row.subject}`;
    if (row.personId === null) tables.identity.delete(key);
    else tables.identity.set(key, text(row));
  }
  for (const { key, value } of changes.settings ?? []) {
    if (value === null) tables.setting.delete(key);
    else tables.setting.set(key, JSON.stringify(value));
  }
  for (const row of changes.codes ?? []) tables.one_time_code.set(row.lookup, text(row));
};

/** What audited commands made of the workspace's tables. */
const replayed = (lines: readonly AuditLogRow[]): Tables => {
  const tables = emptyTables();
  for (const { changes } of lines) if (changes) applyChanges(tables, changes as Changes);
  return tables;
};

const stored = (db: Db): Tables => {
  const tables = emptyTables();
  for (const row of db.select().from(t.person).all()) tables.person.set(row.id, text(row));
  for (const row of db.select().from(t.identity).all())
    tables.identity.set(`${row.kind} ${row.subject}`, text(row));
  for (const row of db.select().from(t.setting).all())
    tables.setting.set(row.key, JSON.stringify(row.value));
  for (const row of db.select().from(t.oneTimeCode).all())
    tables.one_time_code.set(row.lookup, text(codePart(row)));
  return tables;
};

const chainFault = (lines: readonly AuditLogRow[]): string | null => {
  let prev = FIRST_PREV;
  for (const [at, line] of lines.entries()) {
    if (line.prev !== prev) return `audit line ${at + 1} does not follow from the one before it`;
    if (auditHash(line) !== line.hash)
      return `audit line ${at + 1} does not match its hash: it was altered`;
    prev = line.hash;
  }
  return null;
};

const tableFault = (name: string, expected: Table, found: Table): string | null => {
  const odd = [...new Set([...expected.keys(), ...found.keys()])].find(
    (key) => expected.get(key) !== found.get(key),
  );
  if (odd === undefined) return null;
  const said = found.has(odd)
    ? expected.has(odd)
      ? "differs from what audited commands made of it"
      : "was made by no audited command"
    : "is gone without an audited command";
  return `table ${name}, row ${odd} ${said}`;
};

/** What is wrong with the audit log, or with people, accounts, settings and codes as it tells them; null: nothing. */
export const workspaceFault = (
  db: Db,
): { readonly lines: number; readonly headHash: string; readonly fault: string | null } => {
  const lines = db.select().from(t.audit).orderBy(asc(t.audit.id)).all();
  const headHash = lines.at(-1)?.hash ?? FIRST_PREV;
  const broken = chainFault(lines);
  if (broken) return { lines: lines.length, headHash, fault: broken };
  const [expected, found] = [replayed(lines), stored(db)];
  const names = ["person", "identity", "setting", "one_time_code"] as const;
  const fault = names
    .map((name) => tableFault(name, expected[name], found[name]))
    .find((one) => one !== null);
  return { lines: lines.length, headHash, fault: fault ?? null };
};

/** Seq of the last event that the same command wrote: the head that its audit line names. */
const lastOf = (events: readonly LoggedEvent[], from: LoggedEvent): number => {
  let { seq } = from;
  while (events[seq]?.cause === from.cause) seq += 1;
  return seq;
};

const isTold = (
  lines: readonly AuditLogRow[],
  events: readonly LoggedEvent[],
  vote: LoggedEvent,
) => {
  if (vote.body.type !== "VoteCast") return true;
  const { attested, decision, onBehalfOf, person } = vote.body;
  const seq = lastOf(events, vote);
  const told = {
    headSeq: seq,
    headHash: events[seq - 1]?.hash ?? null,
    action: `CastVote.${decision}`,
    person,
    onBehalfOf: onBehalfOf ?? null,
    attested,
  };
  return lines.some(
    (line) =>
      canonicalJson({
        headSeq: line.headSeq,
        headHash: line.headHash,
        action: line.action,
        person: line.person,
        onBehalfOf: line.onBehalfOf,
        attested: line.attested,
      }) === canonicalJson(told),
  );
};

/** A vote that no audited command cast, or a head in the audit log that the run's log does not have; null: neither. */
export const auditFault = (
  db: Db,
  runId: string,
  events: readonly LoggedEvent[],
): string | null => {
  const lines = db.select().from(t.audit).where(eq(t.audit.runId, runId)).all();
  const hashes = new Set(events.map((event) => event.hash));
  const lost = lines.find((line) => line.headHash !== null && !hashes.has(line.headHash));
  if (lost)
    return `the audit log names event ${lost.headSeq}, which is not in this log: its tail was cut off`;
  const forged = events.find((event) => !isTold(lines, events, event));
  return forged ? `event ${forged.seq}: a vote that no audited command cast` : null;
};

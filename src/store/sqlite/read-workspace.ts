import type { SQL } from "drizzle-orm";
import { and, asc, desc, eq, gte, lt, lte, or, sql } from "drizzle-orm";
import { canonicalJson, manifestHash } from "../../lib/hash.ts";
import type {
  AuditStore,
  KeyStore,
  LedgerStore,
  ManifestStore,
  MessageStore,
  PeopleReader,
  PipelineReader,
  SettingReader,
} from "../groups.ts";
import type { AuditRow } from "../rows.ts";
import * as delivery from "../tables/delivery.ts";
import * as log from "../tables/log.ts";
import * as money from "../tables/money.ts";
import * as projection from "../tables/projection.ts";
import * as t from "../tables/workspace.ts";
import { putAudit } from "./audit-chain.ts";
import type { Connection } from "./connect.ts";
import type { Guard } from "./guard.ts";
import { reserveAll } from "./money.ts";

type Db = Connection["db"];
const MAX_PAGE = 200;

export const createMessageStore = (db: Db, guard: Guard): MessageStore => {
  const { messageIndex: m } = delivery;
  const at = (target: string, effectKey: string) =>
    and(eq(m.target, target), eq(m.effectKey, effectKey));
  return {
    get: (target, effectKey) =>
      guard(() => db.select().from(m).where(at(target, effectKey)).get() ?? null),
    byRef: (target, ref) =>
      guard(
        () =>
          db
            .select()
            .from(m)
            .where(and(eq(m.target, target), eq(m.externalRef, ref)))
            .get() ?? null,
      ),
    put: (row) =>
      guard(() => {
        const target = [m.target, m.effectKey];
        const notNewer = lte(m.revision, row.revision);
        const written = db
          .insert(m)
          .values(row)
          .onConflictDoUpdate({ target, set: row, setWhere: notNewer });
        return written.run().changes === 1;
      }),
  };
};

export const createKeyStore = (db: Db, guard: Guard): KeyStore => ({
  get: (key) =>
    guard(() => db.select().from(log.commandKey).where(eq(log.commandKey.key, key)).get() ?? null),
  forget: (beforeMs) =>
    guard(() => db.delete(log.commandKey).where(lt(log.commandKey.at, beforeMs)).run().changes),
});

export const createPeopleReader = (db: Db, guard: Guard): PeopleReader => ({
  list: () => guard(() => db.select().from(t.person).orderBy(asc(t.person.id)).all()),
  get: (id) => guard(() => db.select().from(t.person).where(eq(t.person.id, id)).get() ?? null),
  byIdentity: (kind, subject) =>
    guard(() => {
      const tied = db
        .select()
        .from(t.identity)
        .where(and(eq(t.identity.kind, kind), eq(t.identity.subject, subject)))
        .get();
      if (!tied) return null;
      return (
        db
          .select()
          .from(t.person)
          .where(and(eq(t.person.id, tied.personId), eq(t.person.active, true)))
          .get() ?? null
      );
    }),
  identities: (personId) =>
    guard(() => db.select().from(t.identity).where(eq(t.identity.personId, personId)).all()),
});

export const createSettingReader = (db: Db, guard: Guard): SettingReader => ({
  get: (key) =>
    guard(() => db.select().from(t.setting).where(eq(t.setting.key, key)).get()?.value ?? null),
  list: (prefix) =>
    guard(() =>
      db
        .select()
        .from(t.setting)
        .where(sql`substr(${t.setting.key}, 1, ${prefix.length}) = ${prefix}`)
        .orderBy(asc(t.setting.key))
        .all(),
    ),
});

const TEXTS = [t.audit.action, t.audit.subject, t.audit.detail];
const holds = (column: (typeof TEXTS)[number], text: string): SQL =>
  sql`instr(lower(${column}), ${text.toLowerCase()}) > 0`;

const auditConditions = (query: Parameters<AuditStore["search"]>[0]) => {
  const given = <T>(value: T | undefined, condition: (value: T) => SQL | undefined) =>
    value === undefined ? undefined : condition(value);
  return [
    given(query.text, (text) => or(...TEXTS.map((column) => holds(column, text)))),
    given(query.action, (action) => eq(t.audit.action, action)),
    given(query.person, (person) => eq(t.audit.person, person)),
    given(query.runId, (runId) => eq(t.audit.runId, runId)),
    given(query.sinceMs, (at) => gte(t.audit.at, at)),
    given(query.untilMs, (at) => lte(t.audit.at, at)),
    given(query.cursor ?? undefined, (cursor) => lt(t.audit.id, Number(cursor))),
  ];
};

const withoutChain = ({
  changes: _changes,
  hash: _hash,
  prev: _prev,
  ...row
}: typeof t.audit.$inferSelect): AuditRow => row;

export const createAuditStore = ({ client, db }: Connection, guard: Guard): AuditStore => ({
  append: ({ actor, nowMs, runId, ...line }) =>
    guard(() => {
      const at = { nowMs, runId, actor, headSeq: 0, headHash: null };
      client.transaction(() => putAudit(db, line, at)).immediate();
    }),
  search: (query) =>
    guard(() => {
      const limit = Math.max(1, Math.min(query.limit ?? 50, MAX_PAGE));
      const where = and(...auditConditions(query));
      const rows = db
        .select()
        .from(t.audit)
        .where(where)
        .orderBy(desc(t.audit.id))
        .limit(limit + 1)
        .all();
      const items = rows.slice(0, limit).map(withoutChain);
      return { items, next: rows.length > limit ? String(items.at(-1)?.id ?? "") : null };
    }),
});

export const createManifestStore = (db: Db, guard: Guard): ManifestStore => ({
  get: (hash) =>
    guard(() => db.select().from(t.manifest).where(eq(t.manifest.hash, hash)).get() ?? null),
  put: (files) =>
    guard(() => {
      const sorted = [...files].sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
      const hash = manifestHash(sorted);
      db.insert(t.manifest).values({ hash, files: sorted }).onConflictDoNothing().run();
      return hash;
    }),
});

export const createPipelineReader = (db: Db, guard: Guard): PipelineReader => ({
  find: (ref) =>
    guard(
      () =>
        db
          .select()
          .from(t.pipeline)
          .where(or(eq(t.pipeline.id, ref), eq(t.pipeline.name, ref)))
          .get() ?? null,
    ),
  list: () => guard(() => db.select().from(t.pipeline).orderBy(asc(t.pipeline.name)).all()),
});

export const createLedgerStore = ({ client, db }: Connection, guard: Guard): LedgerStore => ({
  get: (scope) =>
    guard(() => db.select().from(money.ledger).where(eq(money.ledger.scope, scope)).get() ?? null),
  list: (prefix) =>
    guard(() =>
      db
        .select()
        .from(money.ledger)
        .where(sql`substr(${money.ledger.scope}, 1, ${prefix.length}) = ${prefix}`)
        .orderBy(asc(money.ledger.scope))
        .all(),
    ),
  reserve: (request) => guard(() => client.transaction(() => reserveAll(db, request)).immediate()),
  held: (attemptId) =>
    guard(() =>
      db
        .select()
        .from(money.reservation)
        .where(
          and(
            eq(money.reservation.state, "held"),
            ...(attemptId === undefined ? [] : [eq(money.reservation.attemptId, attemptId)]),
          ),
        )
        .all(),
    ),
  calls: ({ limit, runId, sinceMs }) =>
    guard(() =>
      db
        .select()
        .from(projection.llmCall)
        .where(
          and(
            ...(runId === undefined ? [] : [eq(projection.llmCall.runId, runId)]),
            ...(sinceMs === undefined ? [] : [gte(projection.llmCall.at, sinceMs)]),
          ),
        )
        .orderBy(asc(projection.llmCall.at))
        .limit(limit ?? MAX_PAGE)
        .all(),
    ),
});

import { and, eq } from "drizzle-orm";
import { reserve } from "../../engine/budget.ts";
import { BugError } from "../../lib/errors.ts";
import type { Reserved } from "../groups.ts";
import type { LedgerWrite } from "../port.ts";
import * as t from "../tables/money.ts";
import type { Connection } from "./connect.ts";

type Db = Connection["db"];

const KEY = [t.reservation.attemptId, t.reservation.call, t.reservation.scope];

const move = (db: Db, scope: string, spent: number, held: number): void => {
  const row = db.select().from(t.ledger).where(eq(t.ledger.scope, scope)).get() ?? {
    scope,
    cap: null,
    spent: 0,
    held: 0,
  };
  const next = { ...row, spent: row.spent + spent, held: row.held + held };
  db.insert(t.ledger).values(next).onConflictDoUpdate({ target: t.ledger.scope, set: next }).run();
};

const reservationOf = (db: Db, attemptId: string, call: string) =>
  db
    .select()
    .from(t.reservation)
    .where(and(eq(t.reservation.attemptId, attemptId), eq(t.reservation.call, call)))
    .all();

const settle = (
  db: Db,
  write: Extract<LedgerWrite, { readonly op: "settle" }>,
  nowMs: number,
): void => {
  const known = reservationOf(db, write.attemptId, write.call);
  const named = new Set(write.amounts.map((entry) => entry.scope));
  // A scope that was held but is not named came to nothing: what it held must not stay held.
  const unused = known.filter((row) => row.state === "held" && !named.has(row.scope));
  for (const { amount, scope } of [
    ...write.amounts,
    ...unused.map(({ scope }) => ({ scope, amount: 0 })),
  ]) {
    const before = known.find((row) => row.scope === scope);
    // A later settlement replaces what the earlier one came to, so that nothing is paid twice.
    move(db, scope, amount - (before?.settled ?? 0), before?.state === "held" ? -before.amount : 0);
    const row = {
      attemptId: write.attemptId,
      call: write.call,
      scope,
      amount: before?.amount ?? 0,
      settled: amount,
      state: "settled" as const,
      at: before?.at ?? nowMs,
    };
    db.insert(t.reservation).values(row).onConflictDoUpdate({ target: KEY, set: row }).run();
  }
};

const release = (db: Db, attemptId: string, call: string): void => {
  for (const row of reservationOf(db, attemptId, call)) {
    if (row.state !== "held") continue;
    move(db, row.scope, 0, -row.amount);
    db.update(t.reservation)
      .set({ state: "released" })
      .where(
        and(
          eq(t.reservation.attemptId, attemptId),
          eq(t.reservation.call, call),
          eq(t.reservation.scope, row.scope),
        ),
      )
      .run();
  }
};

/** Applies one change of the ledger inside the transaction of its command. */
export const writeLedger = (db: Db, write: LedgerWrite, nowMs: number): void => {
  switch (write.op) {
    case "cap": {
      const row = db.select().from(t.ledger).where(eq(t.ledger.scope, write.scope)).get();
      const next = {
        scope: write.scope,
        cap: write.cap,
        spent: row?.spent ?? 0,
        held: row?.held ?? 0,
      };
      db.insert(t.ledger)
        .values(next)
        .onConflictDoUpdate({ target: t.ledger.scope, set: next })
        .run();
      return;
    }
    case "settle":
      settle(db, write, nowMs);
      return;
    case "release":
      release(db, write.attemptId, write.call);
      return;
    default:
      write satisfies never;
  }
};

/** Holds an amount in every scope, or in none: the first that refuses is named. Called inside a transaction. */
export const reserveAll = (
  db: Db,
  request: {
    readonly attemptId: string;
    readonly call: string;
    readonly amounts: readonly { readonly scope: string; readonly amount: number }[];
    readonly nowMs: number;
  },
): Reserved => {
  const known = reservationOf(db, request.attemptId, request.call);
  if (known.some((row) => row.state === "held")) return { kind: "held" };
  if (known.some((row) => row.state === "settled"))
    throw new BugError(
      "CALL_SETTLED",
      `call ${request.call} was settled: a new call needs its own id`,
    );
  const ledger = request.amounts.flatMap(
    ({ scope }) => db.select().from(t.ledger).where(eq(t.ledger.scope, scope)).get() ?? [],
  );
  const decided = reserve(ledger, request.amounts);
  if (decided.kind === "refused") return decided;
  for (const { amount, scope } of request.amounts) {
    move(db, scope, 0, amount);
    const { attemptId, call, nowMs: at } = request;
    const row = { attemptId, call, scope, amount, settled: null, state: "held" as const, at };
    db.insert(t.reservation).values(row).onConflictDoUpdate({ target: KEY, set: row }).run();
  }
  return { kind: "held" };
};

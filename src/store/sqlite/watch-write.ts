import { and, eq, gte, lte } from "drizzle-orm";
import { BugError } from "../../lib/errors.ts";
import * as t from "../tables/watch.ts";
import type { WatchWrite } from "../watch-port.ts";
import type { Connection } from "./connect.ts";

type Db = Connection["db"];
type Of<O extends WatchWrite["op"]> = Extract<WatchWrite, { readonly op: O }>;

const putMeasures = (db: Db, { rows }: Of<"measures">): void => {
  for (const { segment, ...rest } of rows) {
    const row = { ...rest, segment: segment ?? "" };
    db.insert(t.measure)
      .values(row)
      .onConflictDoUpdate({
        target: [
          t.measure.monitor,
          t.measure.windowEnd,
          t.measure.subject,
          t.measure.segment,
          t.measure.name,
        ],
        set: row,
      })
      .run();
  }
};

const putVerdicts = (db: Db, { rows }: Of<"verdicts">): void => {
  for (const { segment, ...rest } of rows) {
    const row = { ...rest, segment: segment ?? "" };
    db.insert(t.verdict)
      .values(row)
      .onConflictDoUpdate({
        target: [
          t.verdict.monitor,
          t.verdict.windowEnd,
          t.verdict.subject,
          t.verdict.segment,
          t.verdict.rule,
        ],
        set: row,
      })
      .run();
  }
};

/** The row, its alerts and its new events; an open alert's fingerprint may stand in one Incident only. */
const putIncident = (db: Db, { alerts, events, row }: Of<"incident">): void => {
  db.insert(t.incident).values(row).onConflictDoUpdate({ target: t.incident.id, set: row }).run();
  for (const alert of alerts)
    db.insert(t.alert).values(alert).onConflictDoUpdate({ target: t.alert.id, set: alert }).run();
  for (const event of events) db.insert(t.incidentEvent).values(event).run();
};

const putSlot = (db: Db, { row }: Of<"slot">): void => {
  const target = [t.scheduleSlot.schedule, t.scheduleSlot.slot];
  db.insert(t.scheduleSlot).values(row).onConflictDoUpdate({ target, set: row }).run();
};

/** Replaces what a source said about these days: bills are restated. */
const putCosts = (db: Db, { fromDay, rows, source, toDay }: Of<"costs">): void => {
  db.delete(t.costLine)
    .where(
      and(eq(t.costLine.source, source), gte(t.costLine.day, fromDay), lte(t.costLine.day, toDay)),
    )
    .run();
  for (const row of rows) {
    if (row.source !== source || row.day < fromDay || row.day > toDay)
      throw new BugError("COST_OUTSIDE", `a line of ${row.source} on ${row.day} was not announced`);
    db.insert(t.costLine).values(row).run();
  }
};

const WRITES: { readonly [O in WatchWrite["op"]]: (db: Db, write: Of<O>) => void } = {
  monitor: (db, { row }) => {
    db.insert(t.monitor).values(row).onConflictDoUpdate({ target: t.monitor.id, set: row }).run();
  },
  slot: putSlot,
  measures: putMeasures,
  verdicts: putVerdicts,
  incident: putIncident,
  silence: (db, { row }) => {
    db.insert(t.silence).values(row).onConflictDoUpdate({ target: t.silence.id, set: row }).run();
  },
  subscription: (db, { row }) => {
    db.insert(t.subscription)
      .values(row)
      .onConflictDoUpdate({ target: t.subscription.id, set: row })
      .run();
  },
  digest: (db, { row }) => {
    db.insert(t.digest).values(row).onConflictDoNothing().run();
  },
  release: (db, { row }) => {
    db.insert(t.release)
      .values(row)
      .onConflictDoUpdate({ target: t.release.approvalId, set: row })
      .run();
  },
  costs: putCosts,
};

/** Writes one part of the watch's state, inside the transaction of its command. */
export const writeWatch = (db: Db, write: WatchWrite): void => {
  const put = WRITES[write.op] as (db: Db, write: WatchWrite) => void; // each op has its own writer
  put(db, write);
};

import { and, eq } from "drizzle-orm";
import type { Clock } from "../lib/clock.ts";
import { takeFileLock } from "./file-lock.ts";
import { type Connection, connect } from "./sqlite/connect.ts";
import { translateFault } from "./sqlite/faults.ts";
import { worker } from "./tables/workspace.ts";

/** The worker role, held until `release` or the death of the process. `fence` grows with every holder. */
export interface WorkerRole {
  readonly held: true;
  readonly fence: number;
  readonly beat: () => void;
  readonly release: () => void;
}

/** Somebody else has it; `who` says so in words. */
export interface WorkerRefused {
  readonly held: false;
  readonly who: string;
}

export interface TakeRole {
  readonly lockFile: string;
  readonly database: string;
  readonly owner: string;
  readonly host: string;
  readonly pid: number;
  readonly clock: Clock;
  readonly kill: (name: string) => void;
}

/** Long enough to outlast `whoWorks`, which holds the lock for a moment; too short to be felt. */
const LOCK_TIMEOUT_MS = 200;

const describe = (row: typeof worker.$inferSelect | undefined, nowMs: number): string => {
  if (!row) return "another process has the worker role";
  const since = new Date(row.since).toISOString();
  const beat = ((nowMs - row.beatAt) / 1000).toFixed(1);
  return `pid ${row.pid} on host ${row.host} has the worker role since ${since}, last beat ${beat} s ago`;
};

const current = ({ db }: Connection) => db.select().from(worker).where(eq(worker.id, 1)).get();

/** Writes who holds the role and gives the new fence; one transaction, so that no fence is given twice. */
const writeHolder = ({ client, db }: Connection, request: TakeRole): number => {
  const take = client.transaction(() => {
    const { host, owner, pid } = request;
    const nowMs = request.clock.nowMs();
    const last = db.select().from(worker).where(eq(worker.id, 1)).get();
    const fence = (last?.fence ?? 0) + 1;
    const row = { id: 1, owner, host, pid, since: nowMs, fence, beatAt: nowMs };
    db.insert(worker).values(row).onConflictDoUpdate({ target: worker.id, set: row }).run();
    return fence;
  });
  return take.immediate();
};

/**
 * Takes the role: an exclusive lock on a tiny file of its own, which the operating system drops when its holder dies, so that
 * nobody has to wait for a lease to run out. The row in the database only says who it is. The caller keeps what it gets: the
 * lock goes with it. ConfigError HOME_NOT_WRITABLE; RetryableError DB_BUSY, DISK_FULL.
 */
export const takeWorkerRole = (request: TakeRole): WorkerRole | WorkerRefused => {
  const lock = takeFileLock(request.lockFile, LOCK_TIMEOUT_MS);
  if (!lock) return { held: false, who: describeHolder(request) };
  request.kill("role.locked");
  let connection: Connection | null = null;
  try {
    connection = connect(request.database, "NORMAL");
    const { client, db } = connection;
    const fence = writeHolder(connection, request);
    request.kill("role.fenced");
    const mine = and(eq(worker.id, 1), eq(worker.fence, fence));
    return {
      held: true,
      fence,
      beat: () => {
        db.update(worker).set({ beatAt: request.clock.nowMs() }).where(mine).run();
      },
      release: () => {
        lock.release();
        client.close();
      },
    };
  } catch (error) {
    connection?.client.close();
    lock.release();
    throw translateFault(error, request.database);
  }
};

const describeHolder = ({ clock, database }: Pick<TakeRole, "clock" | "database">): string => {
  const connection = connect(database, "NORMAL");
  try {
    return describe(current(connection), clock.nowMs());
  } finally {
    connection.client.close();
  }
};

/** Who has the worker role, for `doctor`: "nobody" when the lock is free. */
export const whoWorks = (request: Pick<TakeRole, "lockFile" | "database" | "clock">): string => {
  const lock = takeFileLock(request.lockFile, LOCK_TIMEOUT_MS);
  if (!lock) return describeHolder(request);
  lock.release();
  return "nobody has the worker role; mlpipeline serve or start --wait takes it";
};

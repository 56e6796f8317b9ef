import { mkdirSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import { ConfigError } from "../../lib/errors.ts";

/** One connection: the driver's, for transactions and pragmas, and drizzle's over it, for everything else. */
export interface Connection {
  readonly client: Database.Database;
  readonly db: BetterSQLite3Database;
}

export const MEMORY = ":memory:";

/** Waiting for a lock stops the whole event loop, and Slack waits 3 s. */
const BUSY_TIMEOUT_MS = 2_000;

/** Superblock magic of NFS, SMB, CIFS and SMB2: their locks do not hold what WAL needs (statfs(2)). */
const NETWORK_FILE_SYSTEMS = [0x6969, 0x517b, 0xff534d42, 0xfe534d42];

/** Makes the folder of the database. ConfigError HOME_ON_NETWORK on a network file system. */
export const prepareFolder = (file: string): void => {
  if (file === MEMORY) return;
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  if (!NETWORK_FILE_SYSTEMS.includes(statfsSync(folder).type)) return;
  throw new ConfigError("HOME_ON_NETWORK", `${folder} lies on a network file system`, {
    expected: "a folder on a local disk",
    got: folder,
    next: "set MLPIPELINE_HOME to a folder on a local disk",
  });
};

/** `synchronous` FULL: a commit survives a power failure. NORMAL: it survives the process, which is enough for heartbeats. */
export const connect = (file: string, synchronous: "FULL" | "NORMAL"): Connection => {
  const client = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    client.pragma("journal_mode = WAL");
    client.pragma(`synchronous = ${synchronous}`);
    client.pragma("foreign_keys = ON");
    client.pragma("temp_store = MEMORY");
    client.pragma("wal_autocheckpoint = 1000");
    client.pragma(`journal_size_limit = ${64 * 1024 * 1024}`);
    return { client, db: drizzle(client) };
  } catch (error) {
    client.close();
    throw error;
  }
};

import Database from "better-sqlite3";
import { translateFault } from "./sqlite/faults.ts";

/** A lock that the operating system drops when its holder dies. The caller keeps it: the lock goes with it. */
export interface FileLock {
  readonly release: () => void;
}

const isBusy = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");

/**
 * Locks a tiny file of its own; null where another process has it after `timeoutMs` (the thread waits that long). Any other
 * fault of the file is thrown as what it means: ConfigError HOME_NOT_WRITABLE; RetryableError DISK_FULL.
 */
export const takeFileLock = (file: string, timeoutMs: number): FileLock | null => {
  let lock: Database.Database | null = null;
  try {
    const held = new Database(file, { timeout: timeoutMs });
    lock = held;
    held.pragma("journal_mode = DELETE");
    held.exec("BEGIN EXCLUSIVE");
    return {
      release: () => {
        held.exec("ROLLBACK");
        held.close();
      },
    };
  } catch (error) {
    lock?.close();
    if (isBusy(error)) return null;
    throw translateFault(error, file);
  }
};

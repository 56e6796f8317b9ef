import Database from "better-sqlite3";
import { ConfigError } from "../lib/errors.ts";
import { guarded } from "./sqlite/faults.ts";

/**
 * Copies a database that others may be writing to `to`, as it stood at one moment (SQLite's online backup). ConfigError
 * DB_CORRUPT when the copy does not hold together; RetryableError DB_BUSY, DISK_FULL.
 */
export const copyDatabase = (file: string, to: string): Promise<void> =>
  guarded(file, async () => {
    const source = new Database(file, { readonly: true, fileMustExist: true });
    try {
      await source.backup(to);
    } finally {
      source.close();
    }
    const copy = new Database(to);
    try {
      const said = copy.pragma("integrity_check", { simple: true });
      if (said === "ok") copy.pragma("journal_mode = DELETE");
      else
        throw new ConfigError("DB_CORRUPT", `the copy does not hold together: ${String(said)}`, {
          next: "run mlpipeline verify and restore the last backup that holds",
        });
    } finally {
      copy.close();
    }
  });

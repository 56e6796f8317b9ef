import type Database from "better-sqlite3";
import { type MigrationMeta, readMigrationFiles } from "drizzle-orm/migrator";
import { ConfigError, messageOf } from "../../lib/errors.ts";

/** The table that drizzle-kit knows, so that its tools can read where a database stands. */
const TABLE = "__drizzle_migrations";

const readFolder = (folder: string): readonly MigrationMeta[] => {
  try {
    return readMigrationFiles({ migrationsFolder: folder });
  } catch (error) {
    throw new ConfigError("MIGRATIONS_MISSING", `cannot read the migrations in ${folder}`, {
      cause: error,
      got: messageOf(error),
      next: "install mlpipeline again: the folder `migrations` belongs to the package",
    });
  }
};

const lastApplied = (client: Database.Database): number => {
  const row = client.prepare(`select max(created_at) as last from ${TABLE}`).get() as {
    readonly last: number | null;
  };
  return Number(row.last ?? 0);
};

/**
 * Brings the schema up to what this program knows, forward only, whole or not at all. Safe when several processes start at
 * once: the first applies, the others wait and find it done. ConfigError DB_NEWER for a schema from a later version.
 */
export const migrate = (client: Database.Database, folder: string): number => {
  const known = readFolder(folder);
  const newest = known.at(-1)?.folderMillis ?? 0;
  const apply = client.transaction(() => {
    client.exec(
      `create table if not exists ${TABLE} (id integer primary key autoincrement, hash text not null, created_at numeric)`,
    );
    const last = lastApplied(client);
    if (last > newest)
      throw new ConfigError("DB_NEWER", "the database was written by a newer mlpipeline", {
        expected: `a schema of ${new Date(newest).toISOString()} or older`,
        got: `a schema of ${new Date(last).toISOString()}`,
        next: "install the newer version again, or put back the backup from before the upgrade",
      });
    const missing = known.filter((migration) => migration.folderMillis > last);
    for (const migration of missing) {
      for (const statement of migration.sql) client.exec(statement);
      client
        .prepare(`insert into ${TABLE} (hash, created_at) values (?, ?)`)
        .run(migration.hash, migration.folderMillis);
    }
    return missing.length;
  });
  return apply.immediate();
};

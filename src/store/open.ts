import { emptyRun, evolve } from "../engine/evolve.ts";
import type { CommitOutcome, CommitRequest, Loaded, Plan, Store } from "./port.ts";
import type { Json } from "./rows.ts";
import { createAttemptStore } from "./sqlite/attempts.ts";
import { createCodeStore } from "./sqlite/codes.ts";
import { createCommit } from "./sqlite/commit.ts";
import { connect, MEMORY, prepareFolder } from "./sqlite/connect.ts";
import { createConversationStore } from "./sqlite/conversations.ts";
import { guarded } from "./sqlite/faults.ts";
import { createGuard } from "./sqlite/guard.ts";
import { createInboxStore } from "./sqlite/inbox.ts";
import { createLoader } from "./sqlite/load.ts";
import { migrate } from "./sqlite/migrate.ts";
import { createOutboxStore } from "./sqlite/outbox.ts";
import { createApprovalReader } from "./sqlite/read-approvals.ts";
import { createEventReader } from "./sqlite/read-events.ts";
import { createFiguresReader } from "./sqlite/read-figures.ts";
import { createRunReader } from "./sqlite/read-runs.ts";
import { createWatchReader } from "./sqlite/read-watch.ts";
import {
  createAuditStore,
  createKeyStore,
  createLedgerStore,
  createManifestStore,
  createMessageStore,
  createPeopleReader,
  createPipelineReader,
  createSettingReader,
} from "./sqlite/read-workspace.ts";
import { createVerify, type VerifyStore } from "./sqlite/verify.ts";

export interface OpenStore {
  /** Path of the database file, or ":memory:". */
  readonly file: string;
  /** Folder of the migrations that ship with the product. */
  readonly migrations: string;
  readonly kill?: (name: string) => void;
}

const openMigrated = (file: string, migrations: string) => {
  const connection = connect(file, "FULL");
  try {
    migrate(connection.client, migrations);
    return connection;
  } catch (error) {
    connection.client.close();
    throw error;
  }
};

const REDUCER = { evolve, emptyRun };

/**
 * Opens (and where needed creates and migrates) the store. ConfigError HOME_NOT_WRITABLE, HOME_ON_NETWORK, DB_CORRUPT,
 * DB_NEWER; RetryableError DISK_FULL, DB_BUSY. Several processes may have the same file open.
 */
export const openStore = ({
  file,
  kill = () => {},
  migrations,
}: OpenStore): Promise<Store & VerifyStore> =>
  guarded<Store & VerifyStore>(file, () => {
    prepareFolder(file);
    const connection = openMigrated(file, migrations);
    kill("migrate.applied");
    // In memory there is one connection only; in a file heartbeats have their own, which need not flush the disk.
    const beats = file === MEMORY ? connection : connect(file, "NORMAL");
    const guard = createGuard(file);
    const { db } = connection;
    const loader = createLoader(db, REDUCER);
    const commit = createCommit({ connection, reducer: REDUCER, loader, kill });
    return {
      commit: <A extends Json>(request: CommitRequest, plan: (loaded: Loaded) => Plan<A>) =>
        guard<CommitOutcome<A>>(() => commit(request, plan)),
      events: createEventReader(db, guard),
      runs: createRunReader(db, loader, guard),
      approvals: createApprovalReader(db, guard),
      attempts: createAttemptStore(db, beats.db, guard),
      ledger: createLedgerStore(connection, guard),
      conversations: createConversationStore(connection, guard),
      outbox: createOutboxStore(connection, guard),
      inbox: createInboxStore(connection, guard),
      messages: createMessageStore(db, guard),
      keys: createKeyStore(db, guard),
      people: createPeopleReader(db, guard),
      codes: createCodeStore(connection, guard),
      settings: createSettingReader(db, guard),
      audit: createAuditStore(connection, guard),
      manifests: createManifestStore(db, guard),
      pipelines: createPipelineReader(db, guard),
      figures: createFiguresReader(db, guard),
      watch: createWatchReader(db, guard),
      verify: createVerify(connection, REDUCER, guard),
      close: () => {
        if (beats !== connection) beats.client.close();
        connection.client.close();
      },
    };
  });

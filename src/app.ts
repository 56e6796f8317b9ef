import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readPrompts } from "./agents/blueprint.ts";
import { PLANS } from "./agents/plans/catalog.ts";
import type { Config } from "./config.ts";
import { type Clock, systemClock } from "./lib/clock.ts";
import { BugError, ConfigError, messageOf } from "./lib/errors.ts";
import { createNewId } from "./lib/id.ts";
import { createLog } from "./lib/log.ts";
import { bindCatalog } from "./operations/catalog.ts";
import type { ConversationPort } from "./operations/conversation-port.ts";
import type { Operation } from "./operations/define.ts";
import { createModelTools } from "./operations/model-tools.ts";
import { createClaudeDeps } from "./runtime/claude/create-claude-deps.ts";
import { replayRun } from "./runtime/claude/replay-run.ts";
import { createTalk } from "./runtime/claude/talk.ts";
import { findDamage, findForgotten } from "./runtime/damage.ts";
import { createDatasetStore } from "./runtime/dataset-store.ts";
import { readDelivery } from "./runtime/delivery/record.ts";
import type { RuntimeDeps } from "./runtime/deps.ts";
import { examine } from "./runtime/doctor.ts";
import { createForget } from "./runtime/forget.ts";
import type { HoldRoleDeps } from "./runtime/hold-role.ts";
import { homeAt } from "./runtime/home.ts";
import { createKillPoint } from "./runtime/kill.ts";
import { createMeasuring } from "./runtime/measuring.ts";
import { ensureOwner, type Ownership, renewClaim, syncPeople } from "./runtime/people.ts";
import { createRuntime, type Runtime } from "./runtime/runtime.ts";
import { noteSlack } from "./runtime/slack-on.ts";
import { createReadCosts } from "./runtime/watch/costs.ts";
import { createWatching, type Watching } from "./runtime/watch/create-watching.ts";
import type { RunCheck } from "./runtime/watch/deps.ts";
import { createWorkbench } from "./runtime/workbench.ts";
import { listWithGroups } from "./runtime/workspace/groups.ts";
import { createBlobs } from "./store/blobs.ts";
import { openStore } from "./store/open.ts";
import type { Store } from "./store/port.ts";
import type { VerifyStore } from "./store/sqlite/verify.ts";
import {
  takeWorkerRole,
  type WorkerRefused,
  type WorkerRole,
  whoWorks,
} from "./store/worker-lock.ts";
import { VERSION } from "./version.ts";

/** The composed product: one store, one runtime, the bound catalog. Surfaces are added by the roots. */
export interface App extends Watching {
  readonly deps: RuntimeDeps;
  readonly store: Store & VerifyStore;
  readonly runtime: Runtime;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Free words, for the surfaces that have them. */
  readonly conversation: ConversationPort;
  readonly ensureOwner: () => Promise<Ownership>;
  /** A new claim code while the owner has no Slack account; null once there is one. */
  readonly renewClaim: () => Promise<string | null>;
  /** What the holder of the worker role does: the runs' work, and the watch with its digests. */
  readonly createWork: HoldRoleDeps["createWork"];
  readonly takeRole: (owner: string) => WorkerRole | WorkerRefused;
  readonly whoWorks: () => string;
  /** The first of these blobs that is missing or altered on disk, in words; null when all are sound. */
  readonly damagedBlob: (hashes: readonly string[]) => Promise<string | null>;
  /** Which of these blobs are gone because a person asked for it, in words: by whom and when. */
  readonly forgotten: (hashes: readonly string[]) => Promise<readonly string[]>;
  readonly close: () => void;
}

// The package's root, wherever below it the code was compiled to.
const findRoot = (from: string): string => {
  if (existsSync(join(from, "package.json"))) return from;
  if (dirname(from) === from) throw new BugError("NO_PACKAGE", "no package.json above the code");
  return findRoot(dirname(from));
};

export const PACKAGE_ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

const makeHome = async (dir: string): Promise<void> => {
  try {
    await mkdir(join(dir, "tmp"), { recursive: true });
  } catch (error) {
    throw new ConfigError("HOME_NOT_WRITABLE", `cannot write to ${dir}: ${messageOf(error)}`, {
      cause: error,
      next: "make the folder writable, or set MLPIPELINE_HOME to another one",
    });
  }
};

export interface AppOptions {
  readonly demo?: boolean;
  /** Briefs and blueprints; those that ship with the product unless given. */
  readonly promptsDir?: string;
  /** How each role decides; those that ship with the product unless given. */
  readonly plans?: RuntimeDeps["plans"];
  /** The machine's own unless given; an accelerated one in demonstrations. */
  readonly clock?: Clock;
  /** How Monitors look; at the files and tables that they name unless given. */
  readonly runCheck?: RunCheck;
  /** What a surface finds out about the service that it talks to, for `doctor`. */
  readonly examineOnline?: () => ReturnType<typeof examine>;
}

const openPrompts = async ({
  promptsDir = join(PACKAGE_ROOT, "prompts"),
}: AppOptions): Promise<Pick<RuntimeDeps, "prompts" | "promptsDir">> => ({
  prompts: await readPrompts(promptsDir),
  promptsDir,
});

/** Wires store, runtime and operations from a parsed configuration. ConfigError when the home or the database cannot be used. */
export const createApp = async (config: Config, options: AppOptions = {}): Promise<App> => {
  await makeHome(config.homeDir);
  const clock = options.clock ?? systemClock;
  const newId = createNewId(clock.nowMs);
  const home = homeAt(config.homeDir);
  const kill = createKillPoint(config.killAt, () => process.kill(process.pid, "SIGKILL"));
  const store = await openStore({
    file: home.database,
    migrations: join(PACKAGE_ROOT, "migrations"),
    kill,
  });
  const deps: RuntimeDeps = {
    store,
    blobs: createBlobs(home.blobs, newId),
    ...(await openPrompts(options)),
    plans: options.plans ?? PLANS,
    workbench: createWorkbench(config),
    claude: createClaudeDeps(config),
    config: config.workspace,
    home,
    git: { path: config.path, carried: new Map() },
    remoteAccess: config.remoteAccess,
    clock,
    newId,
    log: createLog((line) => process.stderr.write(`${line}\n`), clock.nowMs),
    kill,
    version: VERSION,
    demo: options.demo ?? false,
    slackConfigured: config.slack !== null,
    slackMissing: config.slackMissing,
  };
  await syncPeople(store, config.workspace, clock.nowMs(), newId);
  if (deps.slackConfigured) await noteSlack(store, clock.nowMs(), newId);
  const measuring = createMeasuring({ ...deps, environment: config.environment });
  const runtime = createRuntime(deps, measuring);
  const watching = createWatching(config, deps, runtime, measuring.reopen, options.runCheck);
  const role = { lockFile: home.lock, database: home.database, clock };
  const operations = bindOperations(deps, runtime, watching, {
    who: () => whoWorks(role),
    examineOnline: options.examineOnline ?? (async () => []),
  });
  const modelTools = createModelTools(operations, runtime.workspace.access);
  return {
    deps,
    store,
    runtime,
    ...watching,
    createWork: (name, stop) => [
      runtime.createWorker(name, () => {}, stop),
      watching.watch.scheduler([watching.digests.tick, watching.releases.tick]),
    ],
    operations,
    conversation: createTalk(deps, measuring.reopen, modelTools),
    ensureOwner: () => ensureOwner(store, config.osUser, clock.nowMs()),
    renewClaim: () => renewClaim(store, clock.nowMs(), newId),
    takeRole: (owner) =>
      takeWorkerRole({ ...role, owner, host: config.host, pid: process.pid, kill }),
    whoWorks: () => whoWorks(role),
    damagedBlob: (hashes) => findDamage(deps, hashes),
    forgotten: (hashes) => findForgotten(deps, hashes),
    close: () => store.close(),
  };
};

const bindOperations = (
  deps: RuntimeDeps,
  runtime: Runtime,
  watching: Pick<App, "watch" | "digests" | "releases">,
  {
    examineOnline,
    who,
  }: {
    readonly who: () => string;
    readonly examineOnline: NonNullable<AppOptions["examineOnline"]>;
  },
): ReadonlyMap<string, Operation> => {
  const { store } = deps;
  return bindCatalog({
    runs: store.runs,
    approvals: store.approvals,
    events: store.events,
    files: { list: runtime.files, read: runtime.file },
    handoffs: { read: runtime.handoff, files: runtime.handoffFiles, observe: runtime.observe },
    feed: runtime.feed,
    people: { list: () => listWithGroups(deps) },
    pipelines: store.pipelines,
    datasets: createDatasetStore(deps),
    commands: {
      dispatch: runtime.dispatch,
      startRun: runtime.startRun,
      forkRun: runtime.forkRun,
      planSpec: runtime.planSpec,
    },
    audit: store.audit,
    usage: store.ledger,
    claude: {
      replay: (runId) => replayRun(deps, runId),
    },
    workspace: runtime.workspace,
    runFacts: { read: runtime.runFacts },
    doctor: { examine: () => examine(deps, async () => who(), examineOnline) },
    snapshots: { forget: createForget(deps) },
    delivery: { read: (runId) => readDelivery(deps, runId) },
    workerBeatAt: async () => (await store.figures.read(deps.clock.nowMs())).workerBeatAt,
    watch: watching.watch,
    digests: watching.digests,
    zone: deps.config.workspace.timezone,
    releases: watching.releases,
    costs: { read: createReadCosts(store) },
    nowMs: deps.clock.nowMs,
  });
};

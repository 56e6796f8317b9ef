import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readPrompts } from "./agents/blueprint.ts";
import { createBreaker } from "./agents/breaker.ts";
import type { Claude } from "./agents/claude.ts";
import { MODEL_OF } from "./agents/models.ts";
import { PLANS } from "./agents/plans/catalog.ts";
import { PRICES, type PriceTable } from "./agents/prices.ts";
import { ALERT_POLICY } from "./alerts/incident/types.ts";
import { findPython } from "./checks/python.ts";
import { createSandbox } from "./checks/sandbox/create-sandbox.ts";
import { probeSandbox } from "./checks/sandbox/probe-sandbox.ts";
import { createTools } from "./checks/tools.ts";
import { createVenvs } from "./checks/venv.ts";
import type { Config } from "./config.ts";
import { type Clock, systemClock } from "./lib/clock.ts";
import { BugError, ConfigError, messageOf } from "./lib/errors.ts";
import { sha256 } from "./lib/hash.ts";
import { createNewId } from "./lib/id.ts";
import { createLog } from "./lib/log.ts";
import { usd } from "./lib/money.ts";
import { random, sleep } from "./lib/random.ts";
import { bindCatalog } from "./operations/catalog.ts";
import type { Operation } from "./operations/define.ts";
import type { ClaudeDeps } from "./runtime/claude/deps.ts";
import { settlePath } from "./runtime/data-roots.ts";
import { createDatasetStore } from "./runtime/dataset-store.ts";
import type { Deliver } from "./runtime/deliver.ts";
import { readDelivery } from "./runtime/delivery/record.ts";
import type { RuntimeDeps, Workbench } from "./runtime/deps.ts";
import { examine } from "./runtime/doctor.ts";
import { createForget, forgottenBlob } from "./runtime/forget.ts";
import type { HoldRoleDeps } from "./runtime/hold-role.ts";
import { homeAt } from "./runtime/home.ts";
import type { HttpHandler } from "./runtime/http.ts";
import { createKillPoint } from "./runtime/kill.ts";
import { createMeasuring } from "./runtime/measuring.ts";
import { ensureOwner, type Ownership, renewClaim, syncPeople } from "./runtime/people.ts";
import { createRuntime, type Runtime } from "./runtime/runtime.ts";
import { noteSlack } from "./runtime/slack-on.ts";
import { channelTargets, createChannelDeliver } from "./runtime/watch/channels.ts";
import { createReadCosts } from "./runtime/watch/costs.ts";
import type { RunCheck } from "./runtime/watch/deps.ts";
import { createDigests, type Digests } from "./runtime/watch/digests.ts";
import { createReadWatchedRun } from "./runtime/watch/read-watched-run.ts";
import { createReleases, type Releases } from "./runtime/watch/releases.ts";
import { createRunCheck } from "./runtime/watch/run-check.ts";
import { createWatch, type Watch } from "./runtime/watch/watch.ts";
import { createWebhookHandler } from "./runtime/watch/webhook-in.ts";
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
export interface App {
  readonly deps: RuntimeDeps;
  readonly store: Store & VerifyStore;
  readonly runtime: Runtime;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly watch: Watch;
  readonly digests: Digests;
  readonly releases: Releases;
  /** Channels besides Slack that are set up. */
  readonly deliveries: readonly { readonly target: string; readonly deliver: Deliver }[];
  /** Takes alerts from others; null while no token is set. */
  readonly webhookIn: HttpHandler | null;
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

const createWorkbench = (config: Config): (() => Promise<Workbench>) => {
  const make = async (): Promise<Workbench> => {
    const { install } = config.workspace.sandbox;
    const home = config.environment.HOME ?? "/";
    const python = await findPython({ path: config.path, home });
    const folder = join(config.homeDir, "sandbox");
    const probe = await probeSandbox({
      path: config.path,
      folder,
      clock: systemClock,
      uid: process.getuid?.() ?? 0,
    });
    const sandbox = createSandbox({ probe, folder, clock: systemClock });
    const venvs = createVenvs({
      home: config.homeDir,
      sandbox,
      python,
      install,
      consent: config.workspace.sandbox.without_isolation,
      hostEnv: config.environment,
      clock: systemClock,
    });
    return { sandbox, python, tools: createTools({ path: config.path }), buildVenv: venvs };
  };
  let made: Promise<Workbench> | null = null;
  return () => {
    made ??= make();
    return made;
  };
};

/** Prices of the operator stand before ours: what a gateway bills is for its owner to say. */
const pricesOf = ({ prices }: Config["workspace"]["claude"]): PriceTable => ({
  version: prices.length === 0 ? PRICES.version : `${PRICES.version} with claude.prices`,
  rows: [
    ...PRICES.rows.filter(({ model }) => !prices.some((row) => row.model === model)),
    ...prices.map((row) => ({
      model: row.model,
      from: "2026-01-01",
      input: usd(row.input),
      output: usd(row.output),
      read: usd(row.read),
      write5m: usd(row.write_5m),
      write1h: usd(row.write_1h),
    })),
  ],
});

const createClaudeDeps = (config: Config): ClaudeDeps | null => {
  const { claude, workspace } = config;
  if (claude === null) return null;
  // The vendor's client is loaded by the first attempt that may use it, not by each process that only asks.
  const make = async (): Promise<Claude> => {
    const { createClaude } = await import("./agents/claude.ts");
    return createClaude({
      ...claude,
      userHash: sha256(`mlpipeline/${workspace.workspace.name}`).slice(0, 32),
      warn: (message) => process.stderr.write(`${message}\n`),
    });
  };
  let client: Promise<Claude> | null = null;
  return {
    open: () => {
      client ??= make();
      return client;
    },
    modelOf: (role) => workspace.claude.model ?? MODEL_OF[role],
    prices: pricesOf(workspace.claude),
    breaker: createBreaker(systemClock.nowMs),
    random,
    sleep,
  };
};

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

const findDamage = async (deps: RuntimeDeps, hashes: readonly string[]): Promise<string | null> => {
  for (const hash of hashes) {
    const bytes = await deps.blobs.get(hash);
    if (bytes === null && (await forgottenBlob(deps, hash)) !== null) continue;
    if (bytes === null) return `blob ${hash} is missing`;
    if (sha256(bytes) !== hash) return `blob ${hash} was altered on disk`;
  }
  return null;
};

const findForgotten = async (
  deps: RuntimeDeps,
  hashes: readonly string[],
): Promise<readonly string[]> => {
  const said: string[] = [];
  for (const hash of hashes) {
    if (existsSync(join(deps.home.blobs, hash.slice(0, 2), hash))) continue;
    const words = await forgottenBlob(deps, hash);
    if (words !== null) said.push(words);
  }
  return [...new Set(said)];
};

const quietHoursOf = ({ workspace }: Config) => {
  const [from, to] = workspace.alerts.quiet_hours?.split("-") ?? [];
  return from === undefined || to === undefined
    ? null
    : { from, to, zone: workspace.workspace.timezone };
};

/** The watch with its digests and the channels that are set up. */
const createWatching = (
  config: Config,
  deps: RuntimeDeps,
  runtime: Runtime,
  { runCheck }: AppOptions,
): Pick<App, "watch" | "digests" | "releases" | "deliveries" | "webhookIn"> => {
  const targets = channelTargets(config.channels);
  const watching = {
    ...deps,
    policy: { ...ALERT_POLICY, quietHours: quietHoursOf(config) },
    slackOn: runtime.slackOn,
    targetsOf: () => targets,
    runCheck: runCheck ?? createRunCheck(deps, join(config.homeDir, "watch")),
  };
  const { webhookIn } = config.channels;
  const made = createWatch(watching, createReadWatchedRun(deps, runtime));
  const watch: Watch = {
    ...made,
    start: async (request, actor, key) => {
      if (request.kind === "run") return made.start(request, actor, key);
      const reference = await settlePath(deps, request.reference, actor);
      const current = await settlePath(deps, request.current, actor);
      return made.start({ ...request, reference, current }, actor, key);
    },
  };
  return {
    watch,
    releases: createReleases({
      ...watching,
      dispatch: runtime.dispatch,
      dispatchIncident: watch.command,
      repositoryDir: runtime.repositoryDir,
      retrainRun: runtime.retrainRun,
    }),
    digests: createDigests(watching),
    deliveries: targets.map((target) => ({
      target,
      deliver: createChannelDeliver(deps, target, config.channels, config.host),
    })),
    webhookIn: webhookIn === null ? null : createWebhookHandler(watching, webhookIn.token),
  };
};

const createWorkOf =
  (
    runtime: Runtime,
    { digests, releases, watch }: Pick<App, "watch" | "digests" | "releases">,
  ): App["createWork"] =>
  (name, stop) => [
    runtime.createWorker(name, () => {}, stop),
    watch.scheduler([digests.tick, releases.tick]),
  ];

/** Wires store, runtime and operations from a parsed configuration. ConfigError when the home or the database cannot be used. */
export const createApp = async (config: Config, options: AppOptions = {}): Promise<App> => {
  await makeHome(config.homeDir);
  const clock = options.clock ?? systemClock;
  const promptsDir = options.promptsDir ?? join(PACKAGE_ROOT, "prompts");
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
    prompts: await readPrompts(promptsDir),
    promptsDir,
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
  const runtime = createRuntime(
    deps,
    createMeasuring({ ...deps, environment: config.environment }),
  );
  const watching = createWatching(config, deps, runtime, options);
  const role = { lockFile: home.lock, database: home.database, clock };
  return {
    deps,
    store,
    runtime,
    ...watching,
    createWork: createWorkOf(runtime, watching),
    operations: bindOperations(
      deps,
      runtime,
      watching,
      () => whoWorks(role),
      options.examineOnline ?? (async () => []),
    ),
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
  who: () => string,
  examineOnline: NonNullable<AppOptions["examineOnline"]>,
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

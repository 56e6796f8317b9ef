import { join } from "node:path";
import { ALERT_POLICY } from "../../alerts/incident/types.ts";
import type { WorkspaceConfig } from "../../spec/config.ts";
import { settlePath } from "../data-roots.ts";
import type { Deliver } from "../deliver.ts";
import type { RuntimeDeps } from "../deps.ts";
import type { HttpHandler } from "../http.ts";
import type { Runtime } from "../runtime.ts";
import type { Measuring } from "../start-run.ts";
import { type ChannelSecrets, channelTargets, createChannelDeliver } from "./channels.ts";
import type { RunCheck } from "./deps.ts";
import { createDigests, type Digests } from "./digests.ts";
import { createReadWatchedRun } from "./read-watched-run.ts";
import { createReleases, type Releases } from "./releases.ts";
import { createWatch, type Watch } from "./watch.ts";
import { createWebhookHandler } from "./webhook-in.ts";

export interface Watching {
  readonly watch: Watch;
  readonly digests: Digests;
  readonly releases: Releases;
  /** Channels besides Slack that are set up. */
  readonly deliveries: readonly { readonly target: string; readonly deliver: Deliver }[];
  /** Takes alerts from others; null while no token is set. */
  readonly webhookIn: HttpHandler | null;
}

interface Settings {
  readonly channels: ChannelSecrets;
  readonly homeDir: string;
  readonly host: string;
  readonly workspace: Pick<WorkspaceConfig, "alerts" | "workspace">;
}

const quietHoursOf = ({ workspace }: Settings) => {
  const [from, to] = workspace.alerts.quiet_hours?.split("-") ?? [];
  return from === undefined || to === undefined
    ? null
    : { from, to, zone: workspace.workspace.timezone };
};

/** What Slack or an assistant names is held to `data.roots`, or any file of the host could be compared and told. */
const heldToRoots = (deps: RuntimeDeps, watch: Watch): Watch => ({
  ...watch,
  start: async (request, actor, key) => {
    if (request.kind === "run") return watch.start(request, actor, key);
    const reference = await settlePath(deps, request.reference, actor);
    const current = await settlePath(deps, request.current, actor);
    return watch.start({ ...request, reference, current }, actor, key);
  },
});

// The kernels are loaded by the first look, not by each process that only asks how things stand.
const lazyRunCheck = (
  deps: RuntimeDeps & { readonly openData: Measuring["reopen"] },
  folder: string,
): RunCheck => {
  let made: Promise<RunCheck> | null = null;
  return async (row, nowMs) => {
    made ??= import("./run-check.ts").then(({ createRunCheck }) => createRunCheck(deps, folder));
    return (await made)(row, nowMs);
  };
};

/** The watch with its digests and the channels that are set up. `openData` opens what a run was made from. */
export const createWatching = (
  config: Settings,
  deps: RuntimeDeps,
  runtime: Runtime,
  openData: Measuring["reopen"],
  runCheck?: RunCheck,
): Watching => {
  const targets = channelTargets(config.channels);
  const watching = {
    ...deps,
    policy: { ...ALERT_POLICY, quietHours: quietHoursOf(config) },
    slackOn: runtime.slackOn,
    targetsOf: () => targets,
    runCheck: runCheck ?? lazyRunCheck({ ...deps, openData }, join(config.homeDir, "watch")),
  };
  const { webhookIn } = config.channels;
  const watch = heldToRoots(deps, createWatch(watching, createReadWatchedRun(deps, runtime)));
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

import type { Prompts } from "../agents/blueprint.ts";
import type { PlanRole } from "../agents/draft.ts";
import type { PythonOutcome } from "../checks/python.ts";
import type { Sandbox } from "../checks/sandbox/types.ts";
import type { Tools } from "../checks/tools.ts";
import type { BuildVenv } from "../checks/venv.ts";
import type { Clock } from "../lib/clock.ts";
import type { NewId } from "../lib/id.ts";
import type { Log } from "../lib/log.ts";
import type { RemoteAccess } from "../repo/access.ts";
import type { GitEnvironment } from "../repo/git.ts";
import type { WorkspaceConfig } from "../spec/config.ts";
import type { Role } from "../spec/roles.ts";
import type { Store } from "../store/port.ts";
import type { ClaudeDeps } from "./claude/deps.ts";
import type { Blobs } from "./documents.ts";
import type { Home } from "./home.ts";
import type { KillPoint } from "./kill.ts";

/** Where generated code runs, and with what. Probed once at start. */
export interface Workbench {
  readonly sandbox: Sandbox;
  readonly tools: Tools;
  readonly python: PythonOutcome;
  readonly buildVenv: BuildVenv;
}

/** Everything the runtime needs, made by the composition. */
export interface RuntimeDeps {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly prompts: Prompts;
  readonly promptsDir: string;
  readonly plans: Readonly<Record<Role, PlanRole>>;
  /** Probing takes a second, so it happens when the first check needs it. */
  readonly workbench: () => Promise<Workbench>;
  /** Null without a key. */
  readonly claude: ClaudeDeps | null;
  readonly config: WorkspaceConfig;
  readonly home: Home;
  readonly git: GitEnvironment;
  /** How the remotes of pipelines are reached. */
  readonly remoteAccess: RemoteAccess;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  readonly kill: KillPoint;
  readonly version: string;
  /** True in `mlpipeline demo` alone: trailers and README then say that no person approved anything. */
  readonly demo: boolean;
  readonly slackConfigured: boolean;
  /** Secrets of the chosen Slack mode that are not set. */
  readonly slackMissing: readonly string[];
}

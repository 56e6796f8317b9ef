import { existsSync, readFileSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseWorkspaceConfig, type WorkspaceConfig } from "./spec/config.ts";

/** What each way of reaching Slack needs (`surfaces.slack.mode`). */
export const SLACK_NEEDS = {
  socket: ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"],
  http: ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"],
} as const;
export type SlackSecretName = (typeof SLACK_NEEDS)["socket" | "http"][number];

/** `via` holds what the mode needs besides the bot token. */
export interface SlackSecrets {
  readonly botToken: string;
  readonly via:
    | { readonly mode: "socket"; readonly appToken: string }
    | { readonly mode: "http"; readonly signingSecret: string };
  /** Another address than Slack's, for tests and gateways. */
  readonly apiUrl: string | null;
}

/** Everything that is settled at start. Secrets are only here and in the clients made from them. */
export interface Config {
  readonly homeDir: string;
  readonly workspace: WorkspaceConfig;
  /** Null while a secret of its mode is missing; `slackMissing` names them. */
  readonly slack: SlackSecrets | null;
  readonly slackMissing: readonly SlackSecretName[];
  readonly osUser: string;
  readonly host: string;
  readonly path: string;
  /** The machine's environment, from which installing Python packages takes proxy, certificate and pip settings. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly killAt: string | undefined;
  readonly color: boolean;
}

const CONFIG_FILE = "mlpipeline.yml";

const findUp = (from: string): string | null => {
  const dir = resolve(from);
  if (existsSync(join(dir, CONFIG_FILE))) return dir;
  return dirname(dir) === dir ? null : findUp(dirname(dir));
};

/** The home: MLPIPELINE_HOME, else the nearest parent folder that holds mlpipeline.yml, else ~/.mlpipeline. */
const findHome = (cwd: string, environment: NodeJS.ProcessEnv): string =>
  environment.MLPIPELINE_HOME
    ? resolve(environment.MLPIPELINE_HOME)
    : (findUp(cwd) ?? join(homedir(), ".mlpipeline"));

const readSlack = (
  mode: keyof typeof SLACK_NEEDS,
  environment: NodeJS.ProcessEnv,
): Pick<Config, "slack" | "slackMissing"> => {
  const value = (name: SlackSecretName) => environment[name]?.trim() ?? "";
  const slackMissing = SLACK_NEEDS[mode].filter((name) => value(name) === "");
  if (slackMissing.length > 0) return { slack: null, slackMissing };
  return {
    slackMissing,
    slack: {
      botToken: value("SLACK_BOT_TOKEN"),
      apiUrl: environment.SLACK_API_URL ?? null,
      via:
        mode === "http"
          ? { mode, signingSecret: value("SLACK_SIGNING_SECRET") }
          : { mode, appToken: value("SLACK_APP_TOKEN") },
    },
  };
};

/**
 * Reads environment and mlpipeline.yml, the only place that does. `homeDir` overrides where the home is (demo). ConfigError
 * CONFIG_INVALID names every bad key at once.
 */
export const readConfig = (
  options: { readonly cwd: string; readonly homeDir?: string },
  environment: NodeJS.ProcessEnv = process.env,
): Config => {
  const homeDir = options.homeDir ?? findHome(options.cwd, environment);
  const file = join(homeDir, CONFIG_FILE);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const workspace = parseWorkspaceConfig(text, file);
  return {
    homeDir,
    workspace,
    ...readSlack(workspace.surfaces.slack.mode, environment),
    osUser: environment.USER ?? userInfo().username,
    host: hostname(),
    path: environment.PATH ?? "/usr/bin:/bin",
    environment,
    killAt: environment.MLPIPELINE_KILL_AT,
    color: environment.NO_COLOR === undefined && environment.TERM !== "dumb",
  };
};

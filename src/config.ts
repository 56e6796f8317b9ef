import { existsSync, readFileSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseWorkspaceConfig, type WorkspaceConfig } from "./spec/config.ts";

/** Everything that is settled at start. Secrets are only here and in the clients made from them. */
export interface Config {
  readonly homeDir: string;
  readonly workspace: WorkspaceConfig;
  readonly slack: {
    readonly botToken: string;
    readonly appToken: string;
    /** Another address than Slack's, for tests and gateways. */
    readonly apiUrl: string | null;
  } | null;
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

const readSlack = (environment: NodeJS.ProcessEnv): Config["slack"] => {
  const botToken = environment.SLACK_BOT_TOKEN;
  const appToken = environment.SLACK_APP_TOKEN;
  if (!botToken || !appToken) return null;
  return { botToken, appToken, apiUrl: environment.SLACK_API_URL ?? null };
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
  return {
    homeDir,
    workspace: parseWorkspaceConfig(text, file),
    slack: readSlack(environment),
    osUser: environment.USER ?? userInfo().username,
    host: hostname(),
    path: environment.PATH ?? "/usr/bin:/bin",
    environment,
    killAt: environment.MLPIPELINE_KILL_AT,
    color: environment.NO_COLOR === undefined && environment.TERM !== "dumb",
  };
};

import { existsSync, readFileSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ConfigError } from "./lib/errors.ts";
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

/** Where Incidents go besides Slack: a channel is set up by its key alone. Addresses are the vendors' unless given. */
export interface ChannelConfig {
  readonly pagerduty: { readonly url: string; readonly routingKey: string } | null;
  readonly jsm: { readonly url: string; readonly apiKey: string } | null;
  readonly opsgenie: { readonly url: string; readonly apiKey: string } | null;
  readonly webhook: { readonly url: string; readonly secret: string } | null;
  readonly webhookIn: { readonly token: string } | null;
}

const readChannels = (environment: NodeJS.ProcessEnv): ChannelConfig => {
  const value = (name: string): string | null => environment[name]?.trim() || null;
  const genie = (prefix: "JSM" | "OPSGENIE", url: string) => {
    const apiKey = value(`${prefix}_API_KEY`);
    return apiKey === null ? null : { apiKey, url: value(`${prefix}_API_URL`) ?? url };
  };
  const routingKey = value("PAGERDUTY_ROUTING_KEY");
  const webhook = value("MLPIPELINE_WEBHOOK_URL");
  const secret = value("MLPIPELINE_WEBHOOK_SECRET");
  if (webhook !== null && secret === null)
    throw new ConfigError("CONFIG_INVALID", "MLPIPELINE_WEBHOOK_URL needs a secret to sign with", {
      next: "set MLPIPELINE_WEBHOOK_SECRET",
    });
  const token = value("MLPIPELINE_WEBHOOK_TOKEN");
  return {
    pagerduty:
      routingKey === null
        ? null
        : { routingKey, url: value("PAGERDUTY_API_URL") ?? "https://events.pagerduty.com" },
    jsm: genie("JSM", "https://api.atlassian.com/jsm/ops/integration/v2/alerts"),
    opsgenie: genie("OPSGENIE", "https://api.opsgenie.com/v2/alerts"),
    webhook: webhook !== null && secret !== null ? { url: webhook, secret } : null,
    webhookIn: token === null ? null : { token },
  };
};

/** Everything that is settled at start. Secrets are only here and in the clients made from them. */
export interface Config {
  readonly homeDir: string;
  readonly workspace: WorkspaceConfig;
  /** Null while a secret of its mode is missing; `slackMissing` names them. */
  readonly slack: SlackSecrets | null;
  readonly slackMissing: readonly SlackSecretName[];
  /** Null without ANTHROPIC_API_KEY. `baseUrl` null: the vendor's address. */
  readonly claude: { readonly apiKey: string; readonly baseUrl: string | null } | null;
  /** Tokens of forges, and what git needs of the environment to reach a remote. */
  readonly remoteAccess: {
    readonly tokens: readonly {
      readonly kind: "github" | "gitlab";
      readonly origin: string;
      readonly token: string;
    }[];
    readonly environment: Readonly<Record<string, string>>;
  };
  readonly channels: ChannelConfig;
  /** Bearer tokens that the owner gave to people's assistants; `name` is their mcp account, as token/name. */
  readonly mcpTokens: readonly { readonly name: string; readonly token: string }[];
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

// Read by git, curl and ssh: proxies, certificates and the agent that holds a person's keys.
const REMOTE_ENVIRONMENT =
  "HTTPS_PROXY HTTP_PROXY NO_PROXY ALL_PROXY https_proxy http_proxy no_proxy all_proxy SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE GIT_SSL_CAINFO SSH_AUTH_SOCK".split(
    " ",
  );

const originOf = (address: string, variable: string): string => {
  const url = URL.canParse(address) ? address : `https://${address}`;
  if (URL.canParse(url) && /^https?:/.test(url)) return new URL(url).origin;
  throw new ConfigError("CONFIG_INVALID", `${variable}: expected an address, got "${address}"`, {
    next: `set ${variable} to the address of the server, or leave it out`,
  });
};

/** The variables are those that the forges' own tools read (docs.github.com Actions variables, gitlab.com/gitlab-org/cli). */
const readForges = (environment: NodeJS.ProcessEnv): Config["remoteAccess"]["tokens"] => {
  const { GITHUB_SERVER_URL, GITHUB_TOKEN, GITLAB_HOST, GITLAB_TOKEN } = environment;
  return [
    ...(GITHUB_TOKEN
      ? [
          {
            kind: "github" as const,
            origin: originOf(GITHUB_SERVER_URL || "https://github.com", "GITHUB_SERVER_URL"),
            token: GITHUB_TOKEN,
          },
        ]
      : []),
    ...(GITLAB_TOKEN
      ? [
          {
            kind: "gitlab" as const,
            origin: originOf(GITLAB_HOST || "https://gitlab.com", "GITLAB_HOST"),
            token: GITLAB_TOKEN,
          },
        ]
      : []),
  ];
};

const MIN_TOKEN = 16;

/** `alice=token,bob=token`. A short token could be guessed. */
const readMcpTokens = (text = ""): Config["mcpTokens"] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const [name, token] = [part.slice(0, at), part.slice(at + 1)];
      if (/^[a-z0-9][a-z0-9-]{0,59}$/.test(name) && token.length >= MIN_TOKEN)
        return { name, token };
      throw new ConfigError(
        "CONFIG_INVALID",
        `MLPIPELINE_MCP_TOKENS: expected name=token pairs with tokens of at least ${MIN_TOKEN} characters`,
        { next: "openssl rand -hex 32 makes a token" },
      );
    });

const readRemoteAccess = (environment: NodeJS.ProcessEnv): Config["remoteAccess"] => ({
  tokens: readForges(environment),
  environment: Object.fromEntries(
    REMOTE_ENVIRONMENT.flatMap((name): (readonly [string, string])[] => {
      const value = environment[name];
      return value ? [[name, value]] : [];
    }),
  ),
});

// Asked of the system: a variable such as USER could name anybody, and so vote for anybody. Containers may run under a number that
// no account has.
const systemUser = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 0}`;
  }
};

const readClaude = (
  environment: NodeJS.ProcessEnv,
  { base_url: baseUrl }: WorkspaceConfig["claude"],
): Config["claude"] => {
  const apiKey = environment.ANTHROPIC_API_KEY?.trim() ?? "";
  if (apiKey === "") return null;
  // The client would add these headers to every request, whatever we say.
  if (environment.ANTHROPIC_CUSTOM_HEADERS)
    throw new ConfigError(
      "CONFIG_INVALID",
      "ANTHROPIC_CUSTOM_HEADERS: expected nothing, got headers",
      {
        next: "unset ANTHROPIC_CUSTOM_HEADERS where mlpipeline runs",
      },
    );
  const address = baseUrl ?? environment.ANTHROPIC_BASE_URL?.trim() ?? "";
  if (address !== "") originOf(address, "ANTHROPIC_BASE_URL");
  return { apiKey, baseUrl: address === "" ? null : address };
};

/**
 * Reads environment and mlpipeline.yml, the only place that does. `homeDir` overrides where the home is (demo),
 * `osUser` who sits at the terminal. ConfigError CONFIG_INVALID names every bad key at once.
 */
export const readConfig = (
  options: { readonly cwd: string; readonly homeDir?: string; readonly osUser?: string },
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
    claude: readClaude(environment, workspace.claude),
    remoteAccess: readRemoteAccess(environment),
    channels: readChannels(environment),
    mcpTokens: readMcpTokens(environment.MLPIPELINE_MCP_TOKENS),
    osUser: options.osUser ?? systemUser(),
    host: hostname(),
    path: environment.PATH ?? "/usr/bin:/bin",
    environment,
    killAt: environment.MLPIPELINE_KILL_AT,
    color: environment.NO_COLOR === undefined && environment.TERM !== "dumb",
  };
};

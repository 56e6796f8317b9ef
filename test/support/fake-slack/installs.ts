import type { Clock } from "./clock.ts";
import type { Installation, OauthState, Workspace } from "./workspace.ts";

/** A rotated token lives twelve hours. */
export const TOKEN_SECONDS = 12 * 3600;

export const createOauthState = (): OauthState => ({
  clientId: "1.2",
  clientSecret: "fake-client-secret",
  codes: new Map(),
  refreshes: new Map(),
});

export const createInstallation = (
  team: string,
  token: string,
  botUser: string,
  scopes: ReadonlySet<string>,
): Installation => ({
  team,
  token,
  botUser,
  botId: botUser.replace(/^U/, "B"),
  scopes: new Set(scopes),
  state: "live",
  untilMs: Number.POSITIVE_INFINITY,
});

/** Whether and why a token no longer works. */
export const tokenState = (installation: Installation, clock: Clock): Installation["state"] =>
  installation.state === "live" && clock.nowMs() > installation.untilMs
    ? "token_expired"
    : installation.state;

/** What administrators do with the app. */
export interface Installs {
  /** Installs the app into another workspace, without OAuth; gives its bot token. */
  readonly add: (team: string) => string;
  /** Somebody allows the app in a workspace (or an organisation): gives the code that their browser brings back. */
  readonly authorize: (team: string, org?: boolean) => string;
  /** The token stops working; the app is told, if it subscribes to that. */
  readonly revoke: (team?: string) => void;
  readonly uninstall: (team?: string) => void;
}

export const createInstalls = (workspace: Workspace): Installs => {
  const end = (team: string, state: Installation["state"]): string[] =>
    [...workspace.installations.values()]
      .filter((one) => one.team === team)
      .map((one) => {
        one.state = state;
        return one.botUser;
      });
  return {
    add: (team) => {
      const token = `xoxb-${team.toLowerCase()}`;
      workspace.installations.set(
        token,
        createInstallation(team, token, `UBOT${team}`, workspace.manifest.scopes),
      );
      return token;
    },
    authorize: (team, org = false) => {
      const code = workspace.newId("code");
      workspace.oauth.codes.set(code, { team, org, used: false });
      return code;
    },
    revoke: (team = workspace.team) => {
      const bots = end(team, "token_revoked");
      workspace.raise(team, { type: "tokens_revoked", tokens: { oauth: [], bot: bots } });
    },
    uninstall: (team = workspace.team) => {
      end(team, "account_inactive");
      workspace.raise(team, { type: "app_uninstalled" });
    },
  };
};

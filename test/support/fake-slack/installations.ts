import type { Workspace } from "./workspace.ts";

/** The app in one workspace: its token, what it may do, and whether the token still works. */
export interface Installation {
  readonly team: string;
  readonly token: string;
  readonly botUser: string;
  readonly botId: string;
  readonly scopes: Set<string>;
  state: "live" | "token_revoked" | "token_expired" | "account_inactive";
}

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
});

/** The installation behind a token, or Slack's error code. `kind` is the token that the method takes. */
export const findInstallation = (
  workspace: Workspace,
  token: string,
  kind: "bot" | "app",
): Installation | string => {
  if (token === "") return "not_authed";
  const isApp = token === workspace.appToken;
  if (isApp !== (kind === "app"))
    return isApp || workspace.installations.has(token) ? "not_allowed_token_type" : "invalid_auth";
  const found = isApp
    ? workspace.installations.get(workspace.botToken)
    : workspace.installations.get(token);
  if (!found) return "invalid_auth";
  return isApp || found.state === "live" ? found : found.state;
};

import { tokenState } from "./installs.ts";
import type { Installation, Workspace } from "./workspace.ts";

/** The installation behind a token, or Slack's error code. `kind` is the token that the method takes. */
export const findInstallation = (
  workspace: Workspace,
  token: string,
  kind: "bot" | "app" | "none",
): Installation | string => {
  if (kind === "none") return workspace.installations.get(workspace.botToken) ?? "invalid_auth";
  if (token === "") return "not_authed";
  const isApp = token === workspace.appToken;
  if (isApp !== (kind === "app"))
    return isApp || workspace.installations.has(token) ? "not_allowed_token_type" : "invalid_auth";
  const found = isApp
    ? workspace.installations.get(workspace.botToken)
    : workspace.installations.get(token);
  if (!found) return "invalid_auth";
  const state = tokenState(found, workspace.clock);
  return isApp || state === "live" ? found : state;
};

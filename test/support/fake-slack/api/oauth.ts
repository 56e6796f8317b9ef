import { type Answer, ok, refuse, textOf } from "../answer.ts";
import { createInstallation, TOKEN_SECONDS } from "../installs.ts";
import type { OauthState } from "../workspace.ts";
import type { Call, Method } from "./call.ts";

const wrongClient = (oauth: OauthState, { body }: Call): Answer | null => {
  if (body.client_id !== oauth.clientId) return refuse("invalid_client_id");
  return body.client_secret === oauth.clientSecret ? null : refuse("bad_client_secret");
};

/** Exchanges a code, or a refresh token, for a bot token. Each of them works once. */
const access = (call: Call): Answer => {
  const { workspace, body } = call;
  const { oauth, manifest } = workspace;
  const refused = wrongClient(oauth, call);
  if (refused) return refused;
  const refreshes = body.grant_type === "refresh_token";
  const grant = refreshes
    ? oauth.refreshes.get(textOf(body.refresh_token))
    : oauth.codes.get(textOf(body.code));
  if (!grant) return refuse(refreshes ? "invalid_refresh_token" : "invalid_code");
  if (grant.used) return refuse(refreshes ? "invalid_refresh_token" : "code_already_used");
  grant.used = true;
  const token = workspace.newId("xoxe.xoxb-");
  const installation = createInstallation(grant.team, token, `UBOT${grant.team}`, manifest.scopes);
  workspace.installations.set(token, installation);
  const rotation: Record<string, unknown> = {};
  if (manifest.rotates) {
    const refresh = workspace.newId("xoxe-1-");
    oauth.refreshes.set(refresh, { ...grant, used: false });
    installation.untilMs = workspace.clock.nowMs() + TOKEN_SECONDS * 1000;
    rotation.refresh_token = refresh;
    rotation.expires_in = TOKEN_SECONDS;
  }
  return ok({
    access_token: token,
    token_type: "bot",
    scope: [...manifest.scopes].join(","),
    bot_user_id: installation.botUser,
    app_id: workspace.appId,
    team: grant.org ? null : { id: grant.team, name: grant.team },
    enterprise: grant.org ? { id: grant.team, name: grant.team } : null,
    is_enterprise_install: grant.org,
    authed_user: { id: "U1" },
    ...rotation,
  });
};

export const OAUTH_METHODS: Readonly<Record<string, Method>> = {
  "oauth.v2.access": { scopes: [], tier: null, token: "none", run: access },
};

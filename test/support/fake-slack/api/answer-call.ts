import { type Answer, type Body, refuse, textOf } from "../answer.ts";
import { findInstallation } from "../installations.ts";
import type { Rates } from "../rates.ts";
import type { Workspace } from "../workspace.ts";
import { appMethods } from "./app.ts";
import type { Method } from "./call.ts";
import { CHAT_METHODS } from "./chat.ts";
import { FILE_METHODS } from "./files.ts";
import { OAUTH_METHODS } from "./oauth.ts";
import { PEOPLE_METHODS } from "./people.ts";
import { SESSION_METHODS } from "./sessions.ts";
import { STREAM_METHODS } from "./streams.ts";
import { VIEW_METHODS } from "./views.ts";

// Reading history, matching people by e-mail and leaving the clock to Slack are nothing this product may do.
const FORBIDDEN = new Set([
  "chat.scheduleMessage",
  "conversations.history",
  "conversations.list",
  "conversations.replies",
  "files.upload",
  "users.lookupByEmail",
]);

export interface ApiDeps {
  readonly workspace: Workspace;
  readonly rates: Rates;
  readonly address: () => string;
  /** Gives a new one-time address for a socket. */
  readonly openSocket: () => string;
}

export interface Api {
  /** Answers one call as Slack would: token, rate, scope, then the method's own rules. */
  readonly answer: (method: string, token: string, body: Body) => Answer;
}

const refuseScope = (method: Method, granted: ReadonlySet<string>): Answer | null => {
  if (method.scopes.length === 0 || method.scopes.some((scope) => granted.has(scope))) return null;
  return refuse("missing_scope", {
    needed: method.scopes.join(","),
    provided: [...granted].join(","),
  });
};

const tooMany = (seconds: number): Answer => ({
  status: 429,
  headers: { "retry-after": String(seconds) },
  body: null,
});

export const createApi = ({ workspace, rates, address, openSocket }: ApiDeps): Api => {
  const methods: Readonly<Record<string, Method>> = {
    ...appMethods(openSocket),
    ...CHAT_METHODS,
    ...FILE_METHODS,
    ...OAUTH_METHODS,
    ...PEOPLE_METHODS,
    ...SESSION_METHODS,
    ...STREAM_METHODS,
    ...VIEW_METHODS,
  };
  return {
    answer: (name, token, body) => {
      if (FORBIDDEN.has(name)) {
        workspace.violations.push(`${name} was called`);
        return refuse("unknown_method", { req_method: name });
      }
      const method = methods[name];
      if (!method) return refuse("unknown_method", { req_method: name });
      const installation = findInstallation(workspace, token, method.token ?? "bot");
      if (typeof installation === "string") return refuse(installation);
      const seconds = rates.take(
        installation.team,
        name,
        method.tier,
        method.posts ? textOf(body.channel) : null,
      );
      if (seconds > 0) return tooMany(seconds);
      const answer =
        refuseScope(method, installation.scopes) ??
        method.run({ workspace, installation, body, address: address() });
      return {
        ...answer,
        headers: {
          "x-oauth-scopes": [...installation.scopes].join(","),
          "x-accepted-oauth-scopes": method.scopes.join(","),
          ...answer.headers,
        },
      };
    },
  };
};

import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type AuthInfo,
  bearerAuthChallengeResponse,
  createMcpHandler,
  getOAuthProtectedResourceMetadataUrl,
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  OAuthError,
  OAuthErrorCode,
  originValidationResponse,
  verifyBearerToken,
} from "@modelcontextprotocol/server";
import type { JWTVerifyGetKey } from "jose";
import type { Log } from "../src/lib/log.ts";
import type { Scope } from "../src/operations/define.ts";
import { createVerifier, type JwtSettings, ownerOf, type StaticToken } from "./auth.ts";
import { allows, type Caller, type FindCaller } from "./caller.ts";
import { sendResponse, toRequest } from "./http-bridge.ts";
import { toolsOf } from "./offer.ts";
import { createRateLimit } from "./rate.ts";
import { createMcpFactory, type McpDeps } from "./server.ts";
import { createSessions } from "./sessions.ts";
import type { Watch } from "./watch.ts";

export const MCP_PATH = "/mcp";
export const METADATA_PATH = "/.well-known/oauth-protected-resource/mcp";

export interface McpHttpOptions {
  readonly deps: McpDeps;
  readonly watch: Watch;
  readonly findCaller: FindCaller;
  /** Where clients reach it from outside; null: as they addressed it on this machine. */
  readonly publicUrl: string | null;
  /** Host names besides this machine's own that requests may carry. */
  readonly hosts: readonly string[];
  readonly tokens: readonly StaticToken[];
  readonly jwt: JwtSettings | null;
  readonly jwtKeys?: JWTVerifyGetKey;
  readonly ratePerMinute: number;
  readonly log: Log;
  readonly nowMs: () => number;
}

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => Promise<void>;

export interface McpHttp {
  readonly paths: readonly { readonly path: string; readonly handler: Handler }[];
  readonly close: () => Promise<void>;
}

const MAX_BODY_BYTES = 1_048_576;

const tooMany = (seconds: number): Response =>
  Response.json(
    {
      jsonrpc: "2.0",
      error: {
        code: -32_000,
        message: `RATE_LIMITED: too many requests. Next: again in ${seconds} s`,
      },
      id: null,
    },
    { status: 429, headers: { "retry-after": String(seconds) } },
  );

/** Static tokens have no login behind them: a challenge would send clients into one (RFC 9728 metadata exists only with JWT). */
const withoutChallenge = async (response: Response): Promise<Response> => {
  const headers = new Headers(response.headers);
  headers.delete("www-authenticate");
  return new Response(await response.text(), { status: response.status, headers });
};

const toolIn = (body: Buffer): string | null => {
  try {
    const { method, params } = JSON.parse(body.toString("utf8")) as {
      readonly method?: unknown;
      readonly params?: { readonly name?: unknown };
    };
    return method === "tools/call" && typeof params?.name === "string" ? params.name : null;
  } catch {
    return null;
  }
};

const metadataOf = (resource: URL, { issuer }: JwtSettings): Record<string, unknown> => ({
  resource: resource.href,
  authorization_servers: [issuer],
  scopes_supported: ["pipeline:read", "pipeline:run"],
  bearer_methods_supported: ["header"],
  resource_name: "mlpipeline",
});

/** Checks who asks; gives the auth of the request, or the answer that refuses it. */
const createGate = (options: McpHttpOptions, resource: URL) => {
  const { jwt, jwtKeys, nowMs, tokens } = options;
  const open = tokens.length === 0 && jwt === null;
  const verifier = createVerifier({
    tokens,
    jwt,
    resource,
    nowMs,
    ...(jwtKeys ? { keys: jwtKeys } : {}),
  });
  const challenge =
    jwt === null ? {} : { resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource) };
  const refuse = async (error: unknown): Promise<Response> => {
    const response = bearerAuthChallengeResponse(error, challenge);
    return jwt === null ? withoutChallenge(response) : response;
  };
  const enter = async (request: Request): Promise<AuthInfo | Response | undefined> => {
    if (open) return undefined;
    try {
      return await verifyBearerToken(request.headers.get("authorization"), {
        verifier,
        expectedResource: resource,
        ...challenge,
      });
    } catch (error) {
      return refuse(error);
    }
  };
  const lacking = (scope: string): Promise<Response> => {
    const error = new OAuthError(OAuthErrorCode.InsufficientScope, `needs ${scope}`);
    return Promise.resolve(
      bearerAuthChallengeResponse(error, { ...challenge, requiredScopes: [scope] }),
    );
  };
  return { enter, lacking };
};

const handlerOf =
  (serve: (request: Request, body: Buffer) => Promise<Response>): Handler =>
  async (incoming, response, body) => {
    const request = toRequest(incoming, response, body);
    await sendResponse(
      request === null ? new Response(null, { status: 400 }) : await serve(request, body),
      response,
    );
  };

const metadataHandler =
  (resource: URL, jwt: JwtSettings | null): Handler =>
  async (_incoming, response) =>
    sendResponse(
      jwt === null
        ? new Response(null, { status: 404 })
        : Response.json(metadataOf(resource, jwt), {
            headers: { "access-control-allow-origin": "*" },
          }),
      response,
    );

/** Makes what the process's listener mounts: the strict handler of the newest revision, with sessions for older clients beside it. */
export const createMcpHttp = (options: McpHttpOptions): McpHttp => {
  const { deps, findCaller, jwt, log, nowMs, watch } = options;
  const resource = new URL(options.publicUrl ?? jwt?.audience ?? `http://localhost${MCP_PATH}`);
  const hosts = [...localhostAllowedHostnames(), ...options.hosts, resource.hostname];
  const tools = toolsOf(deps.offer);
  const gate = createGate(options, resource);
  const waitFor = createRateLimit(options.ratePerMinute, nowMs);
  const sessions = createSessions(createMcpFactory({ ...deps, watch }), nowMs);
  const modern = createMcpHandler(createMcpFactory({ ...deps, watch: null }), {
    legacy: "reject",
    maxRequestBodySize: MAX_BODY_BYTES,
    onerror: (error) => log.warn("mcp", { error: error.message }),
  });
  const stopTelling = watch.listen((uris) => {
    for (const uri of uris) modern.notify.resourceUpdated(uri);
  });
  const stopGuides = deps.guidesChanged(() => modern.notify.promptsChanged());

  const mustHave = (caller: Caller, body: Buffer): Scope | null => {
    if (!allows(caller, "pipeline:read")) return "pipeline:read";
    const scope = tools.get(toolIn(body) ?? "")?.definition.scope ?? null;
    return scope === null || allows(caller, scope) ? null : scope;
  };
  const admit = async (
    request: Request,
    body: Buffer,
  ): Promise<Response | { readonly auth: AuthInfo | undefined; readonly caller: Caller }> => {
    const early =
      hostHeaderValidationResponse(request, hosts) ?? originValidationResponse(request, hosts);
    if (early) return early;
    const auth = await gate.enter(request);
    if (auth instanceof Response) return auth;
    const caller = await findCaller(auth);
    const seconds = waitFor(caller.principal);
    if (seconds > 0) return tooMany(seconds);
    const missing = mustHave(caller, body);
    return missing === null ? { auth, caller } : gate.lacking(missing);
  };
  const serve = async (request: Request, body: Buffer): Promise<Response> => {
    const admitted = await admit(request, body);
    if (admitted instanceof Response) return admitted;
    const { auth, caller } = admitted;
    return (await isLegacyRequest(request))
      ? sessions.serve(request, caller.principal, auth)
      : modern.fetch(request, auth ? { authInfo: auth } : {});
  };
  return {
    paths: [
      { path: MCP_PATH, handler: handlerOf(serve) },
      { path: METADATA_PATH, handler: metadataHandler(resource, jwt) },
    ],
    close: async () => {
      stopTelling();
      stopGuides();
      await sessions.close();
      await modern.close();
    },
  };
};

/** The caller of a request over HTTP: the owner of its token, or whoever runs the process where no token is asked for. */
export const createHttpCaller =
  (
    findPerson: (kind: "mcp" | "os", subject: string) => Promise<{ readonly id: string } | null>,
    osUser: string,
  ): FindCaller =>
  async (auth) => {
    const owner = ownerOf(auth);
    const principal = owner?.principal ?? `http/${osUser}`;
    const person =
      owner === null ? await findPerson("os", osUser) : await findPerson("mcp", owner.principal);
    return {
      actor: { person: person?.id ?? null, via: "mcp", ref: principal, model: true },
      principal,
      scopes: owner?.scopes ?? null,
      // Without a token anybody on this machine could be asking: no form of theirs is a person's word.
      proved: owner !== null,
    };
  };

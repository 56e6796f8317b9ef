import { timingSafeEqual } from "node:crypto";
import { type AuthInfo, OAuthError, OAuthErrorCode } from "@modelcontextprotocol/server";
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { sha256 } from "../src/lib/hash.ts";
import { SCOPES, type Scope } from "../src/operations/define.ts";

/** A token that the owner of the home gave to somebody; `name` stands as `token/<name>` under that person's mcp accounts. */
export interface StaticToken {
  readonly name: string;
  readonly token: string;
}

/** Where tokens of an authorization server come from, and whom they must be meant for. */
export interface JwtSettings {
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly audience: string;
}

/** A token must have a moment at which it ends, or the SDK refuses it; one that the owner gave ends with the process. */
const STATIC_SECONDS = 3_600;

/** Who a verified token belongs to. */
export interface TokenOwner {
  readonly principal: string;
  /** Null: the person's roles alone decide. */
  readonly scopes: readonly Scope[] | null;
}

const OWNER = "mlpipeline/owner";

/** The owner that `verify` put into the auth of a request; null without a token. */
export const ownerOf = (auth: AuthInfo | undefined): TokenOwner | null =>
  (auth?.extra?.[OWNER] as TokenOwner | undefined) ?? null;

const authInfo = (
  token: string,
  owner: TokenOwner,
  rest: Pick<AuthInfo, "expiresAt" | "resource">,
): AuthInfo => ({
  token: sha256(token),
  clientId: owner.principal,
  scopes: [...(owner.scopes ?? SCOPES)],
  extra: { [OWNER]: owner },
  ...rest,
});

const invalid = (why: string): OAuthError => new OAuthError(OAuthErrorCode.InvalidToken, why);

const sameToken = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(sha256(a), "hex"), Buffer.from(sha256(b), "hex"));

const scopesIn = ({ scope }: JWTPayload): readonly Scope[] => {
  const words = typeof scope === "string" ? scope.split(" ") : [];
  return SCOPES.filter((known) => words.includes(known));
};

/** What can go wrong is told in the same words whatever it was: a caller learns nothing from the difference. */
const REFUSED = "the token is not valid for this server";

export interface AuthOptions {
  readonly tokens: readonly StaticToken[];
  readonly jwt: JwtSettings | null;
  /** The address that tokens must be meant for (RFC 8707). */
  readonly resource: URL;
  readonly nowMs: () => number;
  /** Keys of the authorization server; fetched from `jwks_uri` unless given. */
  readonly keys?: JWTVerifyGetKey;
}

/** Verifies bearer tokens: those that the owner gave out, and those of the authorization server. Throws OAuthError invalid_token. */
export const createVerifier = ({ jwt, keys, nowMs, resource, tokens }: AuthOptions) => {
  const remote = jwt === null ? null : (keys ?? createRemoteJWKSet(new URL(jwt.jwks_uri)));
  const verifyJwt = async (token: string): Promise<AuthInfo> => {
    if (jwt === null || remote === null) throw invalid(REFUSED);
    const { payload } = await jwtVerify(token, remote, {
      issuer: jwt.issuer,
      audience: jwt.audience,
      requiredClaims: ["exp", "sub"],
      // Signatures with a public key alone: a shared secret or none would let others make tokens.
      algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
    }).catch(() => {
      throw invalid(REFUSED);
    });
    const owner = { principal: `jwt/${payload.sub ?? ""}`, scopes: scopesIn(payload) };
    return authInfo(token, owner, { expiresAt: payload.exp ?? 0, resource });
  };
  return {
    verifyAccessToken: async (token: string): Promise<AuthInfo> => {
      const known = tokens.find((one) => sameToken(one.token, token));
      if (known === undefined) return verifyJwt(token);
      const owner = { principal: `token/${known.name}`, scopes: null };
      const expiresAt = Math.floor(nowMs() / 1000) + STATIC_SECONDS;
      return authInfo(token, owner, { expiresAt, resource });
    },
  };
};

import { createHmac } from "node:crypto";
import type { Body } from "./answer.ts";
import {
  ACK_MS,
  type Envelope,
  type Kind,
  type Outcome,
  rateLimited,
  type Transport,
} from "./transport.ts";
import type { Workspace } from "./workspace.ts";

/** A request as it went over the wire, for replaying it byte for byte. */
export interface SentRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  /** 0 when the connection failed, -1 when no answer came in time. */
  readonly status: number;
  readonly text: string;
  readonly noRetry: boolean;
  readonly sent: SentRequest;
}

/** What is wrong with a request on purpose. */
export interface Forgery {
  /** Signs with another secret. */
  readonly secret?: string;
  /** Dates the request back (negative) or ahead. */
  readonly skewMs?: number;
  /** Changes the body after it was signed. */
  readonly tamper?: (body: string) => string;
  /** Replaces headers; an empty value leaves one out. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** HTTP mode: signed requests to the app's request address. */
export interface HttpTransport extends Transport {
  /** Sets the request address after `url_verification`; rejects when the app does not answer the challenge. */
  readonly connect: (url: string) => Promise<void>;
  readonly request: (kind: Kind, payload: Body, forgery?: Forgery) => Promise<HttpAnswer>;
  readonly replay: (sent: SentRequest) => Promise<HttpAnswer>;
  /** The check of the certificate that Slack makes now and then. */
  readonly sslCheck: () => Promise<HttpAnswer>;
  /** A payload without inner event. */
  readonly sendRateLimited: () => Promise<HttpAnswer>;
  /** The last request that was sent, to be replayed. */
  readonly last: () => SentRequest;
}

const encode = (kind: Kind, payload: Body): { readonly body: string; readonly type: string } => {
  const form = (pairs: Readonly<Record<string, string>>) => ({
    body: new URLSearchParams(pairs).toString(),
    type: "application/x-www-form-urlencoded",
  });
  if (kind === "events_api") return { body: JSON.stringify(payload), type: "application/json" };
  if (kind === "interactive") return form({ payload: JSON.stringify(payload) });
  return form(
    Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, String(value)])),
  );
};

/** `v0=` and the HMAC-SHA256 of version, time and body: how Slack signs. */
export const sign = (secret: string, seconds: number, body: string): string =>
  `v0=${createHmac("sha256", secret).update(`v0:${seconds}:${body}`).digest("hex")}`;

const parseAnswer = (text: string): unknown => {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
};

const outcomeOf = (answer: HttpAnswer): Outcome => {
  if (answer.status === 200) return { acked: true, payload: parseAnswer(answer.text) };
  const reason =
    answer.status === 0
      ? "connection_failed"
      : answer.status === -1
        ? "http_timeout"
        : "http_error";
  return { acked: false, reason, noRetry: answer.noRetry };
};

export const createHttpTransport = (workspace: Workspace, onOpen: () => void): HttpTransport => {
  const state: { url: string | null; last: SentRequest | null } = { url: null, last: null };

  const post = async (sent: SentRequest): Promise<HttpAnswer> => {
    if (state.url === null) throw new Error("no request address: call slack.http.connect(url)");
    state.last = sent;
    const abort = new AbortController();
    const cancel = workspace.clock.after(ACK_MS, () => abort.abort());
    try {
      const response = await fetch(state.url, {
        method: "POST",
        headers: sent.headers,
        body: sent.body,
        signal: abort.signal,
        redirect: "manual",
      });
      return {
        status: response.status,
        text: await response.text(),
        noRetry: response.headers.get("x-slack-no-retry") === "1",
        sent,
      };
    } catch {
      return { status: abort.signal.aborted ? -1 : 0, text: "", noRetry: false, sent };
    } finally {
      cancel();
    }
  };
  const prepare = (body: string, type: string, forgery: Forgery, extra: Body = {}): SentRequest => {
    const seconds = Math.floor((workspace.clock.nowMs() + (forgery.skewMs ?? 0)) / 1000);
    const headers = {
      "content-type": type,
      "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
      "x-slack-request-timestamp": String(seconds),
      "x-slack-signature": sign(forgery.secret ?? workspace.signingSecret, seconds, body),
      ...extra,
      ...forgery.headers,
    };
    return {
      body: forgery.tamper?.(body) ?? body,
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== "")),
    };
  };
  const retryHeaders = ({ kind, retry }: Envelope): Record<string, string> =>
    kind === "events_api" && retry.attempt > 0
      ? { "x-slack-retry-num": String(retry.attempt), "x-slack-retry-reason": retry.reason }
      : {};
  return {
    ready: () => state.url !== null,
    send: async (envelope) => {
      const { body, type } = encode(envelope.kind, envelope.payload);
      return outcomeOf(await post(prepare(body, type, {}, retryHeaders(envelope))));
    },
    request: (kind, payload, forgery = {}) => {
      const { body, type } = encode(kind, payload);
      return post(prepare(body, type, forgery));
    },
    sendRateLimited: () =>
      post(prepare(JSON.stringify(rateLimited(workspace)), "application/json", {})),
    replay: post,
    sslCheck: () =>
      post(prepare("ssl_check=1&token=fake", "application/x-www-form-urlencoded", {})),
    last: () => {
      if (!state.last) throw new Error("nothing was sent yet");
      return state.last;
    },
    connect: async (url) => {
      state.url = url;
      const challenge = workspace.newId("challenge");
      const body = { type: "url_verification", token: "fake-verification", challenge };
      const answer = await post(prepare(JSON.stringify(body), "application/json", {}));
      if (answer.status !== 200 || !answer.text.includes(challenge)) {
        state.url = null;
        throw new Error(`the request address did not answer the challenge: ${answer.status}`);
      }
      onOpen();
    },
  };
};

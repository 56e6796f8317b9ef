import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Answer, type Body, refuse } from "./answer.ts";
import { createApi } from "./api/answer-call.ts";
import { receiveUpload } from "./api/files.ts";
import { type Clock, createClock } from "./clock.ts";
import { createDeliveries, type Deliveries, type Delivery } from "./delivery.ts";
import { createFaults, type Fault } from "./faults.ts";
import { createHttpTransport, type HttpTransport } from "./http.ts";
import { findInstallation } from "./installations.ts";
import { createInstallation, createInstalls, createOauthState, type Installs } from "./installs.ts";
import { readManifest } from "./manifest.ts";
import { addPerson } from "./people.ts";
import { createRates, type Rates } from "./rates.ts";
import { type ReadRequest, readRequest } from "./read-body.ts";
import { answerResponse } from "./respond.ts";
import { createSocketTransport, type SocketTransport } from "./socket.ts";
import type { Kind, Outcome } from "./transport.ts";
import { type AppEvent, createWorkspace, FIRST_INSTALLATION, type Workspace } from "./workspace.ts";

export interface FakeSlackOptions {
  /** Path of the manifest whose scopes, events and features the app has; by default the repository's. */
  readonly manifest?: string;
  /** Whether optional scopes were granted; by default they were. */
  readonly optionalScopes?: boolean;
  /** `off` lets every call pass, for tests that are not about rates. */
  readonly rates?: "on" | "off";
  /** Accounts that are there, and in C1, from the start; others come with `createUser`. */
  readonly people?: readonly string[];
  /** `manual`: time stands still but for `clock.advance`. */
  readonly clock?: "real" | "manual";
}

/** A call of the Web API as the fake saw it. `error` is null for one that went well. */
export interface SeenCall {
  readonly method: string;
  readonly error: string | null;
  readonly atMs: number;
}

/** A running fake: Slack's Web API, Socket Mode and HTTP mode on loopback. `url` goes where the app takes Slack's address. */
export interface FakeSlack {
  readonly url: string;
  readonly workspace: Workspace;
  readonly clock: Clock;
  readonly socket: SocketTransport;
  readonly http: HttpTransport;
  readonly rates: Rates;
  readonly installs: Installs;
  readonly calls: readonly SeenCall[];
  readonly events: readonly Delivery[];
  /** Resolves once an app has `sockets` (1) open, or its request address is known. */
  readonly connected: (sockets?: number) => Promise<void>;
  /** Delivers a command or an interaction and gives the payload of its acknowledgement; rejects when none came in 3 s. */
  readonly send: (kind: Kind, payload: Body) => Promise<unknown>;
  /** The same without judgement: what came of it. */
  readonly deliver: (kind: Kind, payload: Body) => Promise<Outcome>;
  /** Raises an event for the app; null when the manifest does not subscribe to it. */
  readonly raise: (event: AppEvent) => Delivery | null;
  readonly duplicate: Deliveries["duplicate"];
  /** The next `times` (1) calls of a method, or of any ("*"), fail this way. */
  readonly fail: (method: string, fault: Fault & { readonly times?: number }) => void;
  /** Throws when the app did anything that it must not; `except` names what this test meant to provoke. */
  readonly expectNoViolations: (except?: RegExp) => void;
  readonly close: () => Promise<void>;
}

const LOGIN_PAGE = "<!DOCTYPE html><html><body>Sign in to fake | Slack</body></html>";

const tokenOf = (request: IncomingMessage, body: Body): string =>
  (request.headers.authorization ?? "").replace(/^Bearer\s*/i, "") || String(body.token ?? "");

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });

const write = (response: ServerResponse, answer: Answer): void => {
  if (typeof answer.body === "string" || answer.body === null) {
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body ?? "");
    return;
  }
  response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
  response.end(JSON.stringify(answer.body));
};

/** Without a token that may read files Slack answers with its login page. */
const download = (workspace: Workspace, id: string, token: string, response: ServerResponse) => {
  const file = workspace.files.get(id);
  const installation = findInstallation(workspace, token, "bot");
  const mayRead = typeof installation !== "string" && installation.scopes.has("files:read");
  if (!file?.bytes || !mayRead) {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(LOGIN_PAGE);
    return;
  }
  response.writeHead(200, { "content-type": "application/octet-stream" });
  response.end(file.bytes);
};

const obey = (
  fault: Fault | null,
  request: IncomingMessage,
  response: ServerResponse,
  answer: () => Answer,
): void => {
  if (fault === null) write(response, answer());
  else if ("status" in fault)
    write(response, {
      status: fault.status,
      headers: fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) },
      body: null,
    });
  else if ("garbage" in fault) write(response, { status: 200, headers: {}, body: "<html>oops" });
  else if ("error" in fault)
    write(response, { status: 200, headers: {}, body: { ok: false, error: fault.error } });
  else if ("cut" in fault) {
    if (fault.cut === "after") answer();
    request.socket.destroy();
  }
  // A call that hangs gets no answer at all.
};

interface Routes {
  readonly workspace: Workspace;
  readonly answer: (method: string, token: string, body: Body) => Answer;
  readonly takeFault: (method: string) => Fault | null;
}

const route = (
  routes: Routes,
  request: IncomingMessage,
  read: ReadRequest,
  response: ServerResponse,
): void => {
  const { workspace } = routes;
  const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname.split("/").slice(1);
  const [area = "", name = ""] = path;
  const token = tokenOf(request, read.body);
  if (area === "respond") {
    const fault = routes.takeFault("response_url");
    obey(fault, request, response, () => answerResponse(workspace, name, read.body));
  } else if (area === "upload")
    write(response, receiveUpload(workspace.files.get(name), read.files[0] ?? read.raw));
  else if (area === "files") download(workspace, name, token, response);
  else if (area === "api")
    obey(routes.takeFault(name), request, response, () => routes.answer(name, token, read.body));
  else write(response, { status: 404, headers: {}, body: "not found" });
};

const errorOf = (answer: Answer): string | null => {
  if (answer.status === 429) return "ratelimited";
  if (typeof answer.body !== "object" || answer.body === null) return null;
  return answer.body.ok === false ? String(answer.body.error) : null;
};

/** Starts a workspace with the app installed. Every test closes it and asserts `expectNoViolations()`. */
export const startFakeSlack = async (options: FakeSlackOptions = {}): Promise<FakeSlack> => {
  const clock = createClock(options.clock);
  const rates = createRates(clock, options.rates ?? "on");
  const faults = createFaults();
  const calls: SeenCall[] = [];
  const manifest = readManifest(
    options.manifest ?? join(process.cwd(), "manifest.yml"),
    options.optionalScopes,
  );
  const server = createServer((request, response) => {
    void readRequest(request)
      .then((read) => {
        if (typeof read === "string") write(response, refuse(read));
        else
          route(
            { workspace, answer: answerAndNote, takeFault: faults.take },
            request,
            read,
            response,
          );
      })
      .catch((error: unknown) => {
        // The app broke off, or the fake itself has a defect: that must not look like Slack's doing.
        if (!request.destroyed || request.complete)
          workspace.violations.push(`the fake broke: ${String(error)}`);
        response.destroy();
      });
  });
  const port = await listen(server);
  const address = () => `127.0.0.1:${port}`;
  const workspace: Workspace = createWorkspace({
    manifest,
    clock,
    address,
    bot: createInstallation(...FIRST_INSTALLATION, manifest.scopes),
    oauth: createOauthState(),
    raise: (team, event) => void deliveries.raise(team, event),
  });
  for (const id of options.people ?? []) addPerson(workspace, id, ["C1"]);
  const flush = () => deliveries.flush();
  const http = createHttpTransport(workspace, flush);
  const socket = createSocketTransport({ workspace, server, address, onOpen: flush });
  const deliveries = createDeliveries(workspace, () => (http.ready() ? http : socket));
  const api = createApi({ workspace, rates, address, openSocket: socket.openAddress });
  const answerAndNote = (method: string, token: string, body: Body): Answer => {
    const answer = api.answer(method, token, body);
    calls.push({ method, error: errorOf(answer), atMs: clock.nowMs() });
    return answer;
  };

  return {
    url: `http://${address()}/api/`,
    workspace,
    clock,
    socket,
    http,
    rates,
    installs: createInstalls(workspace),
    calls,
    events: deliveries.events,
    connected: async (sockets = 1) => {
      while (socket.count() < sockets && !http.ready())
        await new Promise((resolve) => setTimeout(resolve, 10));
    },
    deliver: deliveries.send,
    send: async (kind, payload) => {
      const outcome = await deliveries.send(kind, payload);
      if (!outcome.acked) throw new Error(`no acknowledgement of ${kind}: ${outcome.reason}`);
      return outcome.payload;
    },
    raise: (event) => deliveries.raise(workspace.team, event),
    duplicate: deliveries.duplicate,
    fail: (method, { times = 1, ...fault }) => faults.plan(method, fault as Fault, times),
    expectNoViolations: (except) => {
      const found = workspace.violations.filter((violation) => !except?.test(violation));
      if (found.length > 0) throw new Error(`Slack would not have it:\n${found.join("\n")}`);
    },
    close: async () => {
      clock.stop();
      socket.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

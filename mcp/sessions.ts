import { randomUUID } from "node:crypto";
import {
  type AuthInfo,
  type McpServerFactory,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";

const MAX_SESSIONS = 64;
const IDLE_MS = 30 * 60_000;

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly principal: string;
  lastMs: number;
}

export interface Sessions {
  /** Answers one request of a client of the 2025 revisions. */
  readonly serve: (
    request: Request,
    principal: string,
    auth: AuthInfo | undefined,
  ) => Promise<Response>;
  readonly close: () => Promise<void>;
}

const refusal = (status: number, message: string): Response =>
  Response.json({ jsonrpc: "2.0", error: { code: -32_001, message }, id: null }, { status });

/** Keeps what clients of the 2025 revisions need between requests: at most 64 sessions, each gone after 30 idle minutes. */
export const createSessions = (factory: McpServerFactory, nowMs: () => number): Sessions => {
  const sessions = new Map<string, Session>();
  const end = async (id: string): Promise<void> => {
    const session = sessions.get(id);
    sessions.delete(id);
    await session?.transport.close();
  };
  const makeRoom = async (): Promise<void> => {
    const oldestFirst = [...sessions].sort(([, a], [, b]) => a.lastMs - b.lastMs);
    for (const [id, { lastMs }] of oldestFirst)
      if (nowMs() - lastMs > IDLE_MS || sessions.size >= MAX_SESSIONS) await end(id);
  };
  const open = async (principal: string, auth: AuthInfo | undefined) => {
    await makeRoom();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        sessions.set(id, { transport, principal, lastMs: nowMs() });
      },
      onsessionclosed: (id) => {
        sessions.delete(id);
      },
    });
    const server = await factory({ era: "legacy", ...(auth ? { authInfo: auth } : {}) });
    await server.connect(transport);
    return transport;
  };
  return {
    serve: async (request, principal, auth) => {
      const options = auth ? { authInfo: auth } : {};
      const id = request.headers.get("mcp-session-id");
      if (id === null) return (await open(principal, auth)).handleRequest(request, options);
      const session = sessions.get(id);
      // Another person's session is as unknown as one that never was.
      if (session === undefined || session.principal !== principal)
        return refusal(404, "Session not found");
      session.lastMs = nowMs();
      return session.transport.handleRequest(request, options);
    },
    close: async () => {
      for (const id of [...sessions.keys()]) await end(id);
    },
  };
};

import { Client as NewClient, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { mountMcp } from "../../../mcp/mount.ts";
import { createHttp } from "../../../src/runtime/http.ts";
import { secretKey } from "../../../src/runtime/secret-key.ts";
import type { TestApp } from "../../support/test-app.ts";
import type { Answer, Connection, Kind } from "./connect.ts";

/** The MCP surface of a test app on the process's listener, on a free port of this machine. */
export interface Served {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export const serveHttp = async (
  t: TestApp,
  tokens: readonly { readonly name: string; readonly token: string }[] = [],
): Promise<Served> => {
  const mounted = await mountMcp(t.app, {
    workspace: t.config.workspace,
    tokens,
    osUser: t.config.osUser,
    root: process.cwd(),
    homeKey: secretKey(t.config.homeDir, t.app.deps.newId),
  });
  if (mounted === null) throw new Error("surfaces.mcp.http is off");
  const http = createHttp({ bind: "127.0.0.1", port: 0, log: t.app.deps.log });
  for (const { handler, path } of mounted.paths) http.mount(path, handler);
  const { host, port } = await http.start();
  return {
    url: `http://${host}:${port}`,
    close: async () => {
      await mounted.close();
      await http.stop();
    },
  };
};

interface HttpOptions {
  readonly kind?: Kind;
  readonly token?: string;
  readonly capabilities?: Record<string, unknown>;
  readonly prepare?: (client: NewClient) => void;
}

/** A client of one of the three kinds over HTTP. */
export const connectHttp = async (served: Served, options: HttpOptions): Promise<Connection> => {
  const { capabilities = {}, kind = "modern", token } = options;
  const url = new URL(`${served.url}/mcp`);
  const requestInit = token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
  const client =
    kind === "1.x"
      ? (new OldClient({ name: "test", version: "1" }, { capabilities }) as unknown as NewClient)
      : new NewClient(
          { name: "test", version: "1" },
          { capabilities, versionNegotiation: { mode: kind === "modern" ? "auto" : "legacy" } },
        );
  options.prepare?.(client);
  const transport =
    kind === "1.x"
      ? new OldTransport(url, { requestInit })
      : new StreamableHTTPClientTransport(url, { requestInit });
  await client.connect(transport as never);
  return {
    client,
    call: async (name, input = {}) =>
      (await client.callTool({ name, arguments: input })) as unknown as Answer,
    close: () => client.close(),
  };
};

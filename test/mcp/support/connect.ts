import { join } from "node:path";
import { InMemoryTransport, Client as NewClient } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport as OldInMemory } from "@modelcontextprotocol/sdk/inMemory.js";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Caller } from "../../../mcp/caller.ts";
import { mcpDepsOf, watchOf } from "../../../mcp/composition.ts";
import { DEFAULT_OFFER, type Offer } from "../../../mcp/offer.ts";
import { createMcpFactory } from "../../../mcp/server.ts";
import { secretKey } from "../../../src/runtime/secret-key.ts";
import type { TestApp } from "../../support/test-app.ts";

/** What a tool call answers, as both clients give it. */
export interface Answer {
  readonly isError?: boolean;
  readonly content: readonly {
    readonly type: string;
    readonly text?: string;
    readonly uri?: string;
  }[];
  readonly structuredContent?: Record<string, never>;
}

/** A client on the server of a test app, in memory. */
export interface Connection {
  readonly client: NewClient;
  readonly call: (name: string, input?: Record<string, unknown>) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export const KINDS = ["modern", "legacy", "1.x"] as const;
export type Kind = (typeof KINDS)[number];

/** The assistant of the owner, as stdio serves it. */
export const ownersAssistant = (t: TestApp): Caller => ({
  actor: { person: t.owner.person, via: "mcp", ref: "stdio/tess", model: true },
  principal: "stdio/tess",
  scopes: null,
  proved: true,
});

interface ConnectOptions {
  readonly kind?: Kind;
  readonly offer?: Offer;
  readonly caller?: Caller;
  /** The folder of guides and knowledge; those that ship unless given. */
  readonly promptsDir?: string;
  readonly capabilities?: Record<string, unknown>;
  /** Handlers of what the server asks; set before the connection is made. */
  readonly prepare?: (client: NewClient) => void;
}

/** Connects; `kind` says which generation of client speaks. */
export const connect = async (t: TestApp, options: ConnectOptions = {}): Promise<Connection> => {
  const kind = options.kind ?? "modern";
  const caller = options.caller ?? ownersAssistant(t);
  const watch = watchOf(t.app);
  const factory = createMcpFactory(
    await mcpDepsOf(t.app, {
      findCaller: async () => caller,
      principalOf: () => caller.principal,
      homeKey: secretKey(t.config.homeDir, t.app.deps.newId),
      offer: options.offer ?? DEFAULT_OFFER,
      promptsDir: options.promptsDir ?? join(process.cwd(), "prompts"),
      watch,
    }),
  );
  const capabilities = options.capabilities ?? {};
  const [near, far] =
    kind === "1.x" ? OldInMemory.createLinkedPair() : InMemoryTransport.createLinkedPair();
  const handle = serveStdio(factory, { transport: far as never });
  const client =
    kind === "1.x"
      ? (new OldClient(
          { name: "test", version: "1.0.0" },
          { capabilities },
        ) as unknown as NewClient)
      : new NewClient(
          { name: "test", version: "1.0.0" },
          {
            capabilities,
            versionNegotiation: { mode: kind === "modern" ? "auto" : "legacy" },
          },
        );
  options.prepare?.(client);
  await client.connect(near as never);
  return {
    client,
    call: async (name, input = {}) =>
      (await client.callTool({ name, arguments: input })) as unknown as Answer,
    close: async () => {
      watch.close();
      await client.close();
      await handle.close();
    },
  };
};

/** The text of an answer, as a model reads it. */
export const textOf = (answer: Answer): string =>
  answer.content.map((item) => item.text ?? "").join("\n");

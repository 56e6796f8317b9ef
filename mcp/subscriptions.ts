import type { McpServer } from "@modelcontextprotocol/server";
import type { Watch } from "./watch.ts";

const MAX_SUBSCRIPTIONS = 200;

interface Era {
  readonly era: "legacy" | "modern";
}

/**
 * Keeps a server's client told of what it subscribed to, until the server closes. The modern generation filters by itself; for the
 * older one subscribe and unsubscribe are answered here, because the SDK registers no handler for them.
 */
export const keepTold = (mcp: McpServer, watch: Watch, { era }: Era): void => {
  const wanted = new Set<string>();
  const tell = (uris: readonly string[]) => {
    for (const uri of uris) {
      if (era === "legacy" && !wanted.has(uri)) continue;
      mcp.server.sendResourceUpdated({ uri }).catch(() => {}); // the client has gone; its close ends this
    }
  };
  const stop = watch.listen(tell);
  const closed = mcp.server.onclose;
  mcp.server.onclose = () => {
    stop();
    closed?.();
  };
  if (era === "modern") return;
  mcp.server.setRequestHandler("resources/subscribe", ({ params }) => {
    if (wanted.size < MAX_SUBSCRIPTIONS) wanted.add(params.uri);
    return {};
  });
  mcp.server.setRequestHandler("resources/unsubscribe", ({ params }) => {
    wanted.delete(params.uri);
    return {};
  });
};

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../lib/clock.ts";
import type { Store } from "../store/port.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";
import { readFigures } from "./metrics-reader.ts";

/** Where the process's HTTP listener mounts the handler. */
export const METRICS_PATH = "/metrics";

/** Answers a scrape. It tells counts and ages, never a name of a run, a person or a column. */
export const createMetricsHandler =
  (deps: {
    readonly store: Pick<Store, "figures">;
    readonly version: string;
    readonly clock: Clock;
  }) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD" }).end();
      return;
    }
    const text = renderMetrics(await readFigures(deps, deps.clock.nowMs()));
    response.writeHead(200, { "Content-Type": METRICS_TYPE, "Cache-Control": "no-store" });
    response.end(request.method === "HEAD" ? undefined : text);
  };

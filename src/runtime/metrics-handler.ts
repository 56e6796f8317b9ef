import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../lib/clock.ts";
import type { Store } from "../store/port.ts";
import { METRICS_TYPE, renderMetrics } from "./metrics.ts";
import { readFigures } from "./metrics-reader.ts";
import { readWatchMetrics } from "./watch/watch-metrics.ts";

/** Where the process's HTTP listener mounts the handler. */
export const METRICS_PATH = "/metrics";

/** Answers a scrape: counts and ages, and of the watch what stands against each monitor and feature. Never a person, never a value of data. */
export const createMetricsHandler =
  (deps: {
    readonly store: Pick<Store, "figures" | "watch">;
    readonly version: string;
    readonly clock: Clock;
  }) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD" }).end();
      return;
    }
    const nowMs = deps.clock.nowMs();
    const watched = await readWatchMetrics(deps.store, nowMs);
    const text = renderMetrics(await readFigures(deps, nowMs), watched);
    response.writeHead(200, { "Content-Type": METRICS_TYPE, "Cache-Control": "no-store" });
    response.end(request.method === "HEAD" ? undefined : text);
  };

import type { Body } from "./answer.ts";
import type { Workspace } from "./workspace.ts";

export type Kind = "slash_commands" | "interactive" | "events_api";

/** One delivery to the app. `retry` counts earlier tries of the same payload. */
export interface Envelope {
  readonly id: string;
  readonly kind: Kind;
  readonly payload: Body;
  readonly retry: { readonly attempt: number; readonly reason: string };
}

/** What came of a delivery: acknowledged with a payload, or not, and why. */
export type Outcome =
  | { readonly acked: true; readonly payload: unknown }
  | { readonly acked: false; readonly reason: string; readonly noRetry: boolean };

export interface Transport {
  /** Whether an app listens. */
  readonly ready: () => boolean;
  /** Never rejects. */
  readonly send: (envelope: Envelope) => Promise<Outcome>;
}

/** How long Slack waits for an acknowledgement. */
export const ACK_MS = 3_000;

export const FIRST = { attempt: 0, reason: "" } as const;

/** Comes unasked above 30,000 events an hour, and has no inner event. */
export const rateLimited = (workspace: Workspace): Body => ({
  type: "app_rate_limited",
  token: "fake-verification",
  team_id: workspace.team,
  minute_rate_limited: Math.floor(workspace.clock.nowMs() / 1000),
  api_app_id: workspace.appId,
});

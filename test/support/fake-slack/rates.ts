import type { Clock } from "./clock.ts";

const MINUTE_MS = 60_000;
const POST_MS = 1_000;
/** Requests sent a second apart may arrive a little closer; this much is forgiven and no more. */
const JITTER_MS = 50;

/** Counts calls per method and team, and posts per channel; nothing above the limit passes, there are no bursts. */
export interface Rates {
  /** Seconds to wait, or 0 and the call counts. `tier` is calls a minute; null: not limited by method. */
  readonly take: (
    team: string,
    method: string,
    tier: number | null,
    postChannel: string | null,
  ) => number;
  /** How often each method was refused. */
  readonly refused: ReadonlyMap<string, number>;
}

const wholeSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** With `off` every call passes: for tests that are about something else. */
export const createRates = (clock: Clock, mode: "on" | "off"): Rates => {
  const calls = new Map<string, number[]>();
  const posts = new Map<string, number>();
  const refused = new Map<string, number>();
  const waitForTier = (key: string, tier: number | null, now: number): number => {
    const recent = (calls.get(key) ?? []).filter((atMs) => now - atMs < MINUTE_MS);
    calls.set(key, recent);
    const oldest = recent[0];
    return tier === null || recent.length < tier || oldest === undefined
      ? 0
      : oldest + MINUTE_MS - now;
  };
  const waitForChannel = (key: string | null, now: number): number => {
    const last = key === null ? undefined : posts.get(key);
    if (last === undefined) return 0;
    return now - last >= POST_MS - JITTER_MS ? 0 : last + POST_MS - now;
  };
  return {
    refused,
    take: (team, method, tier, postChannel) => {
      if (mode === "off") return 0;
      const now = clock.nowMs();
      const key = `${team}/${method}`;
      const place = postChannel === null ? null : `${team}/${postChannel}`;
      const waitMs = Math.max(waitForTier(key, tier, now), waitForChannel(place, now));
      if (waitMs > 0) {
        refused.set(method, (refused.get(method) ?? 0) + 1);
        return wholeSeconds(waitMs);
      }
      calls.get(key)?.push(now);
      if (place !== null) posts.set(place, now);
      return 0;
    },
  };
};

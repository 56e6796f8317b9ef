import type { Clock } from "./clock.ts";

const USES = 5;
const LIFE_MS = 30 * 60_000;

/** What a `response_url` answers: who asked, where, and the message that was clicked, if any. */
export interface ResponseTarget {
  readonly user: string;
  readonly channel: string;
  readonly threadTs: string | null;
  readonly original: { readonly ts: string; readonly ephemeral: boolean } | null;
}

export interface Responses {
  /** The address to hand out. */
  readonly create: (target: ResponseTarget) => string;
  /** Counts one use, or says why there is none left. */
  readonly use: (id: string) => ResponseTarget | "expired_url" | "used_url" | "not_found";
}

/** Addresses that work five times in thirty minutes. */
export const createResponses = (
  clock: Clock,
  newId: (prefix: string) => string,
  base: () => string,
): Responses => {
  const known = new Map<string, { target: ResponseTarget; untilMs: number; left: number }>();
  return {
    create: (target) => {
      const id = newId("response");
      known.set(id, { target, untilMs: clock.nowMs() + LIFE_MS, left: USES });
      return base() + id;
    },
    use: (id) => {
      const found = known.get(id);
      if (!found) return "not_found";
      if (clock.nowMs() > found.untilMs) return "expired_url";
      if (found.left === 0) return "used_url";
      found.left -= 1;
      return found.target;
    },
  };
};

import type { Clock } from "../lib/clock.ts";
import type { InboxStore } from "../store/groups.ts";
import type { Json } from "../store/rows.ts";

/** How long a row stays with whoever deals with it. Short, because after a crash its rest is waited for. */
const LEASE_MS = 5_000;
const KEPT_MS = 24 * 3_600_000;

/** Takes in what arrives from outside (operations/ports.ts, Inbox). What was dealt with is kept for 24 hours, to know repeats. */
export const createInbox = (store: InboxStore, clock: Pick<Clock, "nowMs">) => {
  let forgottenAt = 0;
  const lease = () => {
    const nowMs = clock.nowMs();
    return { nowMs, leaseUntilMs: nowMs + LEASE_MS };
  };
  return {
    receive: ({ body, key, source }: { source: string; key: string; body: unknown }) => {
      const { leaseUntilMs, nowMs } = lease();
      return store.receive({ key, source, body: body as Json, receivedAt: nowMs, leaseUntilMs });
    },
    take: async (source: string, limit: number) => {
      const { leaseUntilMs, nowMs } = lease();
      if (nowMs - forgottenAt > KEPT_MS / 24) {
        forgottenAt = nowMs;
        await store.forget(nowMs - KEPT_MS);
      }
      return store.take({ source, limit, nowMs, leaseUntilMs });
    },
    done: (key: string) => store.done(key, clock.nowMs()),
  };
};

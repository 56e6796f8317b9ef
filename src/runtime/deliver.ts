import { setTimeout } from "node:timers/promises";
import type { Actor } from "../engine/command.ts";
import { isProductError, messageOf } from "../lib/errors.ts";
import type { ClaimedOutbox } from "../store/groups.ts";
import type { OutboxRow } from "../store/rows.ts";
import type { RuntimeDeps } from "./deps.ts";

/**
 * Shows one thing on its target and gives where it lies. May be called again for the same effect: with `externalRef` set it
 * edits what is there. RetryableError asks for a later try, one whose code begins with NO_ because something of our own is not
 * there yet; any other error is tried again in a minute.
 */
export type Deliver = (
  row: Pick<OutboxRow, "effectKey" | "kind" | "body" | "externalRef" | "runId">,
) => Promise<{ readonly externalRef: string | null }>;

const LEASE_MS = 30_000;
const RETRY_MS = 60_000;
const BATCH = 10;
const MAX_IN_FLIGHT = 50;
const DEAD_MS = 86_400_000;
const GRACE_MS = 3_000;

const OUTBOX: Actor = { person: null, via: "worker", ref: "outbox", model: false };

const isWait = (error: unknown): boolean =>
  isProductError(error) && error.kind === "retryable" && error.code.startsWith("NO_");

const deliverOne = async (
  deps: RuntimeDeps,
  deliver: Deliver,
  row: ClaimedOutbox,
): Promise<void> => {
  deps.kill("outbox.claimed");
  try {
    const { externalRef } = await deliver(row);
    deps.kill("outbox.sent");
    await deps.store.outbox.sent({
      id: row.id,
      token: row.token,
      externalRef,
      nowMs: deps.clock.nowMs(),
    });
    deps.kill("outbox.marked");
  } catch (error) {
    const nowMs = deps.clock.nowMs();
    const waitMs =
      isProductError(error) && error.kind === "retryable" ? error.retryAfterMs : RETRY_MS;
    if (isWait(error))
      deps.log.info("a delivery waits", { effect: row.effectKey, for: messageOf(error) });
    else deps.log.warn("delivery failed", { effect: row.effectKey, error: messageOf(error) });
    await deps.store.outbox.failed({
      id: row.id,
      token: row.token,
      nextAtMs: nowMs + waitMs,
      error: messageOf(error).slice(0, 500),
      nowMs,
    });
  }
};

/** What nobody could be shown for a day is given up, and the audit log says so. */
const giveUpOld = async ({ clock, log, store }: RuntimeDeps, target: string): Promise<void> => {
  const nowMs = clock.nowMs();
  for (const row of await store.outbox.expire({ target, beforeMs: nowMs - DEAD_MS })) {
    log.error("a message was given up", { effect: row.effectKey, error: row.lastError });
    await store.audit.append({
      action: "DeliveryDead",
      subject: row.effectKey,
      detail: { target, tries: row.tries, error: row.lastError },
      runId: row.runId,
      actor: OUTBOX,
      nowMs,
    });
  }
};

const claimDue = async (
  deps: RuntimeDeps,
  target: string,
  limit: number,
): Promise<readonly ClaimedOutbox[]> => {
  await giveUpOld(deps, target);
  const nowMs = deps.clock.nowMs();
  return deps.store.outbox.claim({ target, limit, nowMs, leaseUntilMs: nowMs + LEASE_MS });
};

/** Delivers once what is due for one target, one row after the other; gives how much was tried. */
export const deliverDue = async (
  deps: RuntimeDeps,
  target: string,
  deliver: Deliver,
): Promise<number> => {
  const rows = await claimDue(deps, target, BATCH);
  for (const row of rows) await deliverOne(deps, deliver, row);
  return rows.length;
};

/**
 * Delivers until the signal aborts, looking again at least every `pollMs`; then waits for what is in flight, at most three
 * seconds. A claim holds one row of each lane, so a lane stays in order and a slow one stalls no other.
 */
export const runDelivery = async (
  deps: RuntimeDeps,
  target: string,
  deliver: Deliver,
  signal: AbortSignal,
  pollMs = 250,
): Promise<void> => {
  const inFlight = new Set<Promise<void>>();
  const start = (row: ClaimedOutbox) => {
    const sending: Promise<void> = deliverOne(deps, deliver, row)
      .catch((error: unknown) =>
        deps.log.error("the outbox could not be written", { error: messageOf(error) }),
      )
      .finally(() => inFlight.delete(sending));
    inFlight.add(sending);
  };
  const claim = (limit: number) =>
    claimDue(deps, target, limit).catch((error: unknown) => {
      deps.log.error("the outbox could not be read", { error: messageOf(error) });
      return [];
    });
  while (!signal.aborted) {
    const free = MAX_IN_FLIGHT - inFlight.size;
    for (const row of free > 0 ? await claim(free) : []) start(row);
    await Promise.race([setTimeout(pollMs, undefined, { ref: false }), ...inFlight]);
  }
  await Promise.race([Promise.allSettled(inFlight), setTimeout(GRACE_MS)]);
};

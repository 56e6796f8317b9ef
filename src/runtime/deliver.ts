import { isProductError, messageOf } from "../lib/errors.ts";
import type { ClaimedOutbox } from "../store/groups.ts";
import type { OutboxRow } from "../store/rows.ts";
import type { RuntimeDeps } from "./deps.ts";

/**
 * Shows one thing on its target and gives where it lies. May be called again for the same effect: with `externalRef` set it
 * edits what is there. RetryableError asks for a later try; any other error is tried again in a minute.
 */
export type Deliver = (
  row: Pick<OutboxRow, "effectKey" | "kind" | "body" | "externalRef" | "runId">,
) => Promise<{ readonly externalRef: string | null }>;

const LEASE_MS = 30_000;
const RETRY_MS = 60_000;
const BATCH = 10;

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
    deps.log.warn("delivery failed", { effect: row.effectKey, error: messageOf(error) });
    await deps.store.outbox.failed({
      id: row.id,
      token: row.token,
      nextAtMs: nowMs + waitMs,
      error: messageOf(error).slice(0, 500),
      nowMs,
    });
  }
};

/** Delivers what is due for one target, in order per run; gives how much was tried. */
export const deliverDue = async (
  deps: RuntimeDeps,
  target: string,
  deliver: Deliver,
): Promise<number> => {
  const nowMs = deps.clock.nowMs();
  const rows = await deps.store.outbox.claim({
    target,
    limit: BATCH,
    nowMs,
    leaseUntilMs: nowMs + LEASE_MS,
  });
  for (const row of rows) await deliverOne(deps, deliver, row);
  return rows.length;
};

/** Delivers until the signal aborts, looking again at least every `pollMs`. */
export const runDelivery = async (
  deps: RuntimeDeps,
  target: string,
  deliver: Deliver,
  signal: AbortSignal,
  pollMs = 250,
): Promise<void> => {
  while (!signal.aborted) {
    const tried = await deliverDue(deps, target, deliver).catch((error: unknown) => {
      deps.log.error("the outbox could not be read", { error: messageOf(error) });
      return 0;
    });
    if (tried === 0) await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
};

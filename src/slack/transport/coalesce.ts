import type { Timing } from "./lanes.ts";

interface Waiter<R> {
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

interface Slot<T, R> {
  next: { readonly value: T; readonly waiters: readonly Waiter<R>[] } | null;
  running: boolean;
  sentAtMs: number;
}

interface CoalesceDeps<T, R> {
  readonly timing: Timing;
  /** `sent` is false when there was nothing to send, which starts no new gap. */
  readonly send: (key: string, value: T) => Promise<{ readonly result: R; readonly sent: boolean }>;
  /** The least time between two sendings of one key, in milliseconds. */
  readonly gapMs: (value: T) => number;
}

/**
 * Per key one sending at a time, and of the values that wait meanwhile only the newest is sent; everybody who gave one gets
 * its result.
 */
export const createCoalesce = <T, R>({ gapMs, send, timing }: CoalesceDeps<T, R>) => {
  const slots = new Map<string, Slot<T, R>>();

  const sendNext = async (key: string, slot: Slot<T, R>): Promise<void> => {
    const waitMs = slot.next === null ? 0 : slot.sentAtMs + gapMs(slot.next.value) - timing.nowMs();
    if (waitMs > 0) await timing.sleep(waitMs);
    const { next } = slot;
    slot.next = null;
    if (next === null) return;
    try {
      const { result, sent } = await send(key, next.value);
      if (sent) slot.sentAtMs = timing.nowMs();
      for (const waiter of next.waiters) waiter.resolve(result);
    } catch (error) {
      for (const waiter of next.waiters) waiter.reject(error);
    }
  };
  const drain = async (key: string, slot: Slot<T, R>): Promise<void> => {
    slot.running = true;
    while (slot.next !== null) await sendNext(key, slot);
    slot.running = false;
  };

  return (key: string, value: T): Promise<R> =>
    new Promise((resolve, reject) => {
      const slot = slots.get(key) ?? { next: null, running: false, sentAtMs: 0 };
      slots.set(key, slot);
      slot.next = { value, waiters: [...(slot.next?.waiters ?? []), { resolve, reject }] };
      if (!slot.running) void drain(key, slot);
    });
};

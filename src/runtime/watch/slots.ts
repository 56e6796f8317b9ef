import { sha256 } from "../../lib/hash.ts";
import type { WatchWrite } from "../../store/watch-port.ts";
import type { SlotRow } from "../../store/watch-rows.ts";
import { monitorActor } from "./check.ts";
import type { WatchDeps } from "./deps.ts";
import { nextSlot, type Schedule, type Slot } from "./next-slot.ts";

/** A claimed slot whose worker died is given out again after this. */
const LEASE_MS = 900_000;
/** Missed slots that are recorded one by one; a home that was off for longer records the newest of them. */
const MAX_RECORDED = 100;
const MAX_WALKED = 20_000;

/** Everything of a schedule that was due after `afterMs` and by `nowMs`, oldest first. */
export const slotsDue = (schedule: Schedule, afterMs: number, nowMs: number): readonly Slot[] => {
  const due: Slot[] = [];
  let from = afterMs;
  for (let n = 0; n < MAX_WALKED; n++) {
    const slot = nextSlot(schedule, from);
    if (slot === null || slot.atMs > nowMs) break;
    due.push(slot);
    from = slot.atMs;
  }
  return due;
};

export const slotRow = (
  schedule: string,
  { atMs, slot }: Slot,
  state: SlotRow["state"],
  nowMs: number,
): SlotRow => ({
  schedule,
  slot,
  state,
  dueAt: atMs,
  leaseUntil: state === "claimed" ? nowMs + LEASE_MS : 0,
  at: nowMs,
  contentHash: null,
});

export const skippedWrites = (
  schedule: string,
  slots: readonly Slot[],
  nowMs: number,
): readonly WatchWrite[] =>
  slots
    .slice(-MAX_RECORDED)
    .map((slot) => ({ op: "slot", row: slotRow(schedule, slot, "skipped", nowMs) }));

/** Claims a slot for this worker; null when it is done, skipped or in another's hands. What was missed before it is recorded. */
export const claimSlot = async (
  deps: WatchDeps,
  schedule: string,
  slot: Slot,
  missed: readonly Slot[],
): Promise<SlotRow | null> => {
  const nowMs = deps.clock.nowMs();
  const row = slotRow(schedule, slot, "claimed", nowMs);
  const outcome = await deps.store.commit(
    {
      runId: schedule,
      key: `claim/${schedule}/${slot.slot}/${deps.newId()}`,
      payloadHash: sha256(slot.slot),
      nowMs,
      actor: monitorActor(schedule),
    },
    ({ reads }) => {
      const known = reads.watch.slot(schedule, slot.slot);
      if (known && (known.state !== "claimed" || known.leaseUntil > nowMs))
        return {
          rejection: { code: "ALREADY_CLAIMED", message: `${slot.slot} is taken`, valid: [] },
        };
      return {
        events: [],
        outbox: [],
        answer: true,
        watch: [...skippedWrites(schedule, missed, nowMs), { op: "slot", row }],
      };
    },
  );
  return outcome.kind === "rejected" ? null : row;
};

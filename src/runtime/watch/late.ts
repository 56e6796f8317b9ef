import type { MonitorRow } from "../../store/watch-rows.ts";
import { nextSlot, periodAt } from "./next-slot.ts";

/** A check is late when it is this many of its periods behind (monitoring.md 10). */
const LATE_PERIODS = 2.5;

/** Whether a Monitor's last check lies further back than its schedule allows. */
export const isLate = (monitor: MonitorRow, nowMs: number): boolean => {
  if (!monitor.enabled) return false;
  const schedule = { cron: monitor.cron, zone: monitor.zone };
  const last = monitor.checkedAt ?? monitor.createdAt;
  const next = nextSlot(schedule, last);
  if (next === null || nowMs <= next.atMs) return false;
  return nowMs > last + LATE_PERIODS * periodAt(schedule, last);
};

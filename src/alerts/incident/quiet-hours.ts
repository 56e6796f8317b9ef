import { localTime, wallToInstant } from "../zone.ts";
import type { AlertPolicy } from "./types.ts";

const minutesOf = (text: string): number => {
  const [hours = "0", minutes = "0"] = text.split(":");
  return Number(hours) * 60 + Number(minutes);
};

/** When the quiet hours end that `nowMs` lies in; null outside of them. Local time, also across midnight and clock changes. */
export const quietUntil = (nowMs: number, quiet: AlertPolicy["quietHours"]): number | null => {
  if (quiet === null) return null;
  const local = localTime(quiet.zone, nowMs);
  const minute = local.hour * 60 + local.minute;
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
  const inside = from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!inside || from === to) return null;
  const tomorrow = from > to && minute >= from ? 1 : 0;
  return wallToInstant(quiet.zone, {
    ...local,
    day: local.day + tomorrow,
    hour: Math.floor(to / 60),
    minute: to % 60,
  });
};

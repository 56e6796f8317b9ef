import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { localTime } from "../../../src/alerts/zone.ts";
import { mustBeSchedule, nextSlot, periodAt } from "../../../src/runtime/watch/next-slot.ts";

const HOUR = 3_600_000;
const at = (iso: string) => Date.parse(iso);
const shown = (schedule: { cron: string; zone: string }, after: string, n: number) => {
  const slots: string[] = [];
  let ms = at(after);
  for (let k = 0; k < n; k++) {
    const slot = nextSlot(schedule, ms);
    if (!slot) break;
    slots.push(`${slot.slot} = ${new Date(slot.atMs).toISOString().slice(0, 16)}Z`);
    ms = slot.atMs;
  }
  return slots;
};

const ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];

describe("a schedule", () => {
  test("is due at its local time, in summer as in winter", () => {
    expect(shown({ cron: "0 9 * * *", zone: "Europe/Berlin" }, "2026-03-27T12:00Z", 3)).toEqual([
      "2026-03-28T09:00 = 2026-03-28T08:00Z",
      "2026-03-29T09:00 = 2026-03-29T07:00Z",
      "2026-03-30T09:00 = 2026-03-30T07:00Z",
    ]);
  });

  test("that names a time which the clocks skip is due at the first instant after the gap", () => {
    expect(shown({ cron: "30 2 * * *", zone: "America/New_York" }, "2026-03-07T12:00Z", 2)).toEqual(
      ["2026-03-08T02:30 = 2026-03-08T07:00Z", "2026-03-09T02:30 = 2026-03-09T06:30Z"],
    );
    expect(
      shown({ cron: "10 2 * * *", zone: "Australia/Lord_Howe" }, "2026-10-03T00:00Z", 2),
    ).toEqual(["2026-10-04T02:10 = 2026-10-03T15:30Z", "2026-10-05T02:10 = 2026-10-04T15:10Z"]);
  });

  test("that names a time which occurs twice is due the first time only", () => {
    expect(shown({ cron: "30 1 * * *", zone: "America/New_York" }, "2026-10-31T12:00Z", 2)).toEqual(
      ["2026-11-01T01:30 = 2026-11-01T05:30Z", "2026-11-02T01:30 = 2026-11-02T06:30Z"],
    );
  });

  test("that names several skipped times is due once after the gap", () => {
    const slots = shown({ cron: "*/20 * * * *", zone: "Europe/Berlin" }, "2026-03-29T00:41Z", 2);
    expect(slots).toEqual([
      "2026-03-29T03:00 = 2026-03-29T01:00Z",
      "2026-03-29T03:20 = 2026-03-29T01:20Z",
    ]);
  });

  test("with a zone or fields that nobody knows is refused", () => {
    expect(() => mustBeSchedule({ cron: "0 9 * * *", zone: "Mars/Olympus" })).toThrow(/Mars/);
    expect(() => mustBeSchedule({ cron: "* * * * * *", zone: "UTC" })).toThrow(/schedule/);
    expect(() => mustBeSchedule({ cron: "99 9 * * *", zone: "UTC" })).toThrow(/schedule/);
    expect(() => mustBeSchedule({ cron: "0 0 30 2 *", zone: "UTC" })).toThrow(/schedule/);
  });

  test("has the period of its slots", () => {
    expect(periodAt({ cron: "0 * * * *", zone: "UTC" }, 0)).toBe(HOUR);
  });

  test("goes forward for ever, and each slot is what a clock on the wall shows or lies right behind a gap", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom("0 2 * * *", "30 1 * * *", "15 2 * * 0", "0 * * * *", "45 23 * * 1-5"),
        fc.integer({
          min: at("2024-01-01T00:00Z") / 60_000,
          max: at("2030-01-01T00:00Z") / 60_000,
        }),
        (zone, cron, minute) => {
          let ms = minute * 60_000;
          const names = new Set<string>();
          for (let n = 0; n < 4; n++) {
            const slot = nextSlot({ cron, zone }, ms);
            if (!slot) throw new Error("never due");
            expect(slot.atMs).toBeGreaterThan(ms);
            expect(names.has(slot.slot)).toBe(false);
            names.add(slot.slot);
            const wall = localTime(zone, slot.atMs);
            const shownAt = `${String(wall.hour).padStart(2, "0")}:${String(wall.minute).padStart(2, "0")}`;
            const before = localTime(zone, slot.atMs - 60_000);
            const jumped =
              (wall.hour * 60 + wall.minute - before.hour * 60 - before.minute + 1440) % 1440;
            if (jumped === 1) expect(slot.slot.slice(11)).toBe(shownAt);
            ms = slot.atMs;
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 30_000);
});

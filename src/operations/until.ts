import { UserInputError } from "../lib/errors.ts";

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A moment as people write it, as ISO text: 90m, 24h or 7d from now, or a date (the end of that day, UTC) or date and time.
 * UserInputError INVALID_INPUT for anything else and for what is past.
 */
export const untilOf = (text: string, nowMs: number): string => {
  const span = /^(\d{1,4})([mhd])$/.exec(text.trim().toLowerCase());
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text.trim()) ? `${text.trim()}T23:59:59Z` : text;
  const at = span ? nowMs + Number(span[1]) * (UNIT_MS[span[2] ?? ""] ?? 0) : Date.parse(day);
  if (Number.isFinite(at) && at > nowMs) return new Date(at).toISOString();
  throw new UserInputError("INVALID_INPUT", `expected a moment to come, got "${text}"`, {
    expected: "90m, 24h, 7d, 2026-12-24 or 2026-12-24T18:00Z",
    got: text,
    next: "say until when",
  });
};

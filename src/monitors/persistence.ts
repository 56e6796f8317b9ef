import type { SubjectHistory } from "./history.ts";
import type { Window } from "./window.ts";

/** How many windows open a subject, and how many quiet ones end it. */
export interface Persistence {
  readonly openAfter: number;
  readonly openWithin: number;
  readonly resolveAfter: number;
}

/** Two of the last three windows open, three quiet ones in a row end (monitoring.md 3.1). */
export const PERSISTENCE: Persistence = { openAfter: 2, openWithin: 3, resolveAfter: 3 };

/** Whether a subject fires after this window; `since` is the start of its streak. Pure. */
export const persist = (
  before: SubjectHistory,
  now: { readonly candidate: boolean; readonly quiet: boolean },
  window: Window,
  { openAfter, openWithin, resolveAfter }: Persistence = PERSISTENCE,
): { readonly firing: boolean; readonly since: number | null } => {
  const earlier = before.recent.filter(({ end }) => end < window.end);
  if (before.open) {
    const streak = [...earlier.map((one) => one.quiet), now.quiet].slice(-resolveAfter);
    const ended = streak.length >= resolveAfter && streak.every(Boolean);
    return ended ? { firing: false, since: null } : { firing: true, since: before.since };
  }
  const last = earlier.slice(1 - openWithin).filter(({ candidate }) => candidate);
  const opens = now.candidate && last.length + 1 >= openAfter;
  return opens
    ? { firing: true, since: last[0]?.start ?? window.start }
    : { firing: false, since: null };
};

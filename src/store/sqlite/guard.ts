import { guarded } from "./faults.ts";

/** Runs one piece of database work and rejects with what its fault means for the caller. */
export type Guard = <T>(work: () => T) => Promise<T>;

export const createGuard =
  (place: string): Guard =>
  (work) =>
    guarded(place, work);

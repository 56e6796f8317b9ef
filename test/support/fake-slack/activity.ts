/** Counts what becomes visible, so that a click can tell whether anything answered it. */
export interface Activity {
  /** Something changed for a person (`user:U1`), in a channel (`channel:C1`) or in a thread (`thread:C1/ts`). */
  readonly note: (place: string) => void;
  readonly count: (places: readonly string[]) => number;
  /** Resolves true when one of the places changes beyond `before`, false after `ms` of real time. */
  readonly changed: (places: readonly string[], before: number, ms: number) => Promise<boolean>;
}

export const createActivity = (): Activity => {
  const counts = new Map<string, number>();
  const waiting = new Set<() => void>();
  const count = (places: readonly string[]) =>
    places.reduce((sum, place) => sum + (counts.get(place) ?? 0), 0);
  return {
    note: (place) => {
      counts.set(place, (counts.get(place) ?? 0) + 1);
      for (const wake of [...waiting]) wake();
    },
    count,
    changed: (places, before, ms) =>
      new Promise((resolve) => {
        const end = (value: boolean) => {
          clearTimeout(timer);
          waiting.delete(look);
          resolve(value);
        };
        const look = () => {
          if (count(places) > before) end(true);
        };
        const timer = setTimeout(() => end(false), ms);
        waiting.add(look);
        look();
      }),
  };
};

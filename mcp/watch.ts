/** What happened, as the store's feed tells it. */
interface FeedLine {
  readonly pos: number;
  readonly runId: string;
}

export interface WatchDeps {
  /** The position of the newest event of all runs. Cheap: it is polled. */
  readonly maxSeq: () => Promise<number>;
  readonly changedSince: (pos: number) => Promise<readonly FeedLine[]>;
  /** Everything a person may call the run by, and its approvals. */
  readonly addressesOf: (runId: string) => Promise<readonly string[]>;
  readonly onError: (error: unknown) => void;
}

/** Tells listeners which addresses have changed, whichever process changed them. */
export interface Watch {
  /** Gives the way to stop. While nobody listens nothing is polled. */
  readonly listen: (changed: (uris: readonly string[]) => void) => () => void;
  /** Ends all looking, before the store is closed. */
  readonly close: () => void;
}

/** Two looks within the second in which a waiting client must know. */
const POLL_MS = 300;

export const createWatch = (deps: WatchDeps): Watch => {
  const listeners = new Set<(uris: readonly string[]) => void>();
  let timer: NodeJS.Timeout | null = null;
  let seen = -1;

  const look = async (): Promise<void> => {
    const newest = await deps.maxSeq();
    const before = seen;
    seen = Math.max(seen, newest);
    if (before < 0 || newest <= before) return;
    const runs = new Set((await deps.changedSince(before)).map((line) => line.runId));
    for (const runId of runs) {
      const uris = await deps.addressesOf(runId);
      for (const tell of [...listeners]) tell(uris);
    }
  };
  const again = () => {
    timer = setTimeout(() => {
      look()
        .catch(deps.onError)
        .finally(() => {
          if (listeners.size > 0 && timer !== null) again();
          else timer = null;
        });
    }, POLL_MS);
    timer.unref();
  };
  return {
    close: () => {
      listeners.clear();
      if (timer) clearTimeout(timer);
      timer = null;
    },
    listen: (changed) => {
      if (listeners.size === 0) seen = -1;
      listeners.add(changed);
      // The first look only notes where the log ends; it is made at once, so that nothing is missed until the next.
      look().catch(deps.onError);
      if (timer === null) again();
      return () => listeners.delete(changed);
    },
  };
};

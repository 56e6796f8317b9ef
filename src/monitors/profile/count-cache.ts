import type { Duck } from "../../data/duck.ts";
import type { BlobStore } from "../blobs.ts";
import { narrow, type Segment } from "../segment.ts";
import type { RowScope } from "../source/read-columns.ts";
import type { Relation } from "../source/relation.ts";
import type { Window } from "../window.ts";
import { decodeCounts, encodeCounts } from "./codec.ts";
import { countWindow } from "./count-window.ts";
import { type Counts, mergeCounts } from "./merge.ts";
import type { ReferenceProfile, WindowCounts } from "./profile.ts";

type Countable = Window & { readonly rows: number; readonly scope: RowScope };

/** Counts windows, each once. */
export interface CountCache {
  /** Counters of a window; those with more or fewer rows than before are counted anew. */
  readonly count: (window: Countable) => Promise<WindowCounts>;
  /** Counters of the rows of a window that belong to a segment; not kept. */
  readonly countPart: (window: Countable, segment: Segment) => Promise<WindowCounts>;
}

/** Counters of a Monitor's windows, kept as blobs under the profile's identity. */
export const createCountCache = (
  duck: Duck,
  relation: Relation,
  profile: ReferenceProfile,
  monitor: string,
  blobs: BlobStore,
): CountCache => {
  const held = new Map<string, WindowCounts>();
  return {
    count: async (window) => {
      const key = `counts/${monitor}/${profile.identity.slice(0, 16)}/${window.start}-${window.end}`;
      const kept = held.get(key) ?? decodeCounts(await blobs.read(key));
      const counts =
        kept?.rows === window.rows
          ? kept
          : await countWindow(duck, relation, profile, window.scope);
      if (counts !== kept) await blobs.write(key, encodeCounts(counts));
      held.set(key, counts);
      // Only the newest windows are pooled again.
      if (held.size > 30) held.delete(held.keys().next().value ?? "");
      return counts;
    },
    countPart: (window, segment) =>
      countWindow(duck, relation, profile, narrow(window.scope, segment)),
  };
};

/** The sum of counters of one profile; a column that a part lacks counts in the others. */
export const sumCounts = (parts: readonly WindowCounts[]): WindowCounts => {
  const counts = new Map<string, Counts>();
  for (const part of parts) {
    for (const [field, one] of part.counts) {
      const before = counts.get(field);
      counts.set(field, before ? mergeCounts(before, one) : one);
    }
  }
  return { rows: parts.reduce((sum, { rows }) => sum + rows, 0), counts };
};

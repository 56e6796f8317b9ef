import type { Duck } from "../../data/duck.ts";
import type { BlobStore } from "../blobs.ts";
import type { RowScope } from "../source/read-columns.ts";
import type { Relation } from "../source/relation.ts";
import type { Window } from "../window.ts";
import { decodeCounts, encodeCounts } from "./codec.ts";
import { countWindow } from "./count-window.ts";
import type { ReferenceProfile, WindowCounts } from "./profile.ts";

/** Counts windows, each once. */
export interface CountCache {
  /** Counters of a window; those with more or fewer rows than before are counted anew. */
  readonly count: (
    window: Window & { readonly rows: number; readonly scope: RowScope },
  ) => Promise<WindowCounts>;
}

/** Counters of a Monitor's windows, kept as blobs under the profile's identity. */
export const createCountCache = (
  duck: Duck,
  relation: Relation,
  profile: ReferenceProfile,
  monitor: string,
  blobs: BlobStore,
): CountCache => ({
  count: async (window) => {
    const key = `counts/${monitor}/${profile.identity.slice(0, 16)}/${window.start}-${window.end}`;
    const kept = decodeCounts(await blobs.read(key));
    if (kept && kept.rows === window.rows) return kept;
    const counts = await countWindow(duck, relation, profile, window.scope);
    await blobs.write(key, encodeCounts(counts));
    return counts;
  },
});

import type { Duck } from "../../data/duck.ts";
import { sha256 } from "../../lib/hash.ts";
import { NO_BLOBS } from "../blobs.ts";
import type { Monitor } from "../monitor.ts";
import type { DataSource, FeedFault } from "../source/data-source.ts";
import { listFiles } from "../source/list-files.ts";
import { openRelation } from "../source/open-relation.ts";
import { timeColumn } from "../source/plan-windows.ts";
import type { Relation } from "../source/relation.ts";
import type { MonitorSources } from "../sources.ts";
import { buildProfile, type WatchedColumn } from "./build-profile.ts";
import { decodeProfile, encodeProfile } from "./codec.ts";
import { KERNEL_VERSION } from "./numeric-profile.ts";
import type { ReferenceProfile } from "./profile.ts";

interface Loaded {
  readonly profile: ReferenceProfile | null;
  readonly faults: readonly FeedFault[];
}

/** Stands for the reference's bytes: its hash where it is known, else names, sizes and times; null when it cannot be told beforehand. */
const bytesIdentity = (source: DataSource): string | null => {
  if (source.kind !== "files") return null;
  if (source.sha256 !== undefined) return source.sha256;
  const { files } = listFiles(source.path);
  return files.length === 0
    ? null
    : sha256(files.map(({ bytes, mtimeMs, path }) => `${path}\0${bytes}\0${mtimeMs}`).join("\n"));
};

/** Columns of the log that are no features. */
const ownColumns = (monitor: Monitor): ReadonlySet<string> =>
  new Set(Object.values(monitor.columns).filter((name) => name !== undefined));

const watchedOf = (monitor: Monitor, relation: Relation): readonly WatchedColumn[] => {
  const asked = monitor.kind === "drift" ? monitor.features : "auto";
  if (asked !== "auto" && asked.length > 0) return asked;
  const own = ownColumns(monitor);
  const time = timeColumn(relation, monitor.columns.time)?.name;
  return [...relation.columns.keys()]
    .filter((field) => !own.has(field) && field !== time)
    .map((field) => ({ field, kind: "auto" as const }));
};

const missing: FeedFault = {
  code: "missing",
  subject: "reference",
  message: "there is no reference to compare with yet",
  fatal: true,
};

/** The profile of a Monitor's reference: from the blobs when the same was built before, else built and kept. Throws what DuckDB throws. */
export const loadProfile = async (
  duck: Duck,
  monitor: Monitor,
  { blobs = NO_BLOBS, reference }: MonitorSources,
): Promise<Loaded> => {
  if (reference === null) return { profile: null, faults: [missing] };
  const bytes = bytesIdentity(reference);
  const asked = JSON.stringify([
    monitor.kind === "drift" ? monitor.features : "auto",
    monitor.columns,
    KERNEL_VERSION,
  ]);
  const identity = bytes === null ? null : sha256(`${bytes}\0${asked}`);
  const key = `profiles/${identity ?? "none"}`;
  const kept = identity === null ? null : decodeProfile(await blobs.read(key));
  if (kept) return { profile: kept, faults: [] };
  const { faults, relation } = await openRelation(duck, reference);
  if (relation === null) return { profile: null, faults };
  const profile = await buildProfile(
    duck,
    relation,
    watchedOf(monitor, relation),
    identity ?? sha256(`${asked}\0${JSON.stringify([...relation.columns])}`),
    timeColumn(relation, monitor.columns.time),
  );
  if (identity !== null) await blobs.write(key, encodeProfile(profile));
  return { profile, faults: [] };
};

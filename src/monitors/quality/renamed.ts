import type { Duck } from "../../data/duck.ts";
import { measureDrift } from "../drift/measure-drift.ts";
import { countWindow } from "../profile/count-window.ts";
import type { ReferenceProfile, WindowCounts } from "../profile/profile.ts";
import type { RowScope } from "../source/read-columns.ts";
import type { Relation } from "../source/relation.ts";

/** Effect below which a new column counts as the missing one under another name. */
const ALIKE = 0.1;
const MOST_TRIED = 20;

const SCOPE = {
  monitor: "",
  segment: null,
  window: { start: 0, end: 1 },
  suffix: "",
  baseline: "",
};

const likeness = async (
  duck: Duck,
  relation: Relation,
  profile: ReferenceProfile,
  scope: RowScope,
  missing: string,
  added: string,
): Promise<number> => {
  const column = profile.columns.find(({ field }) => field === missing);
  if (!column) return 1;
  const other: ReferenceProfile = { ...profile, columns: [{ ...column, field: added }] };
  const baseline: WindowCounts = { rows: profile.rows, counts: new Map([[added, column.counts]]) };
  const counts = await countWindow(duck, relation, other, scope);
  const found = measureDrift(SCOPE, other, baseline, counts).find(
    ({ name }) => name !== "null_rate",
  );
  return found?.value ?? 1;
};

/** For each missing column, the new column that holds what it held: the same profile under another name. Throws what DuckDB throws. */
export const findRenamed = async (
  duck: Duck,
  relation: Relation,
  profile: ReferenceProfile,
  scope: RowScope,
  missing: readonly string[],
  added: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const alike = new Map<string, string>();
  for (const field of missing.slice(0, MOST_TRIED)) {
    let best = ALIKE;
    for (const other of added.slice(0, MOST_TRIED)) {
      const effect = await likeness(duck, relation, profile, scope, field, other);
      if (effect >= best) continue;
      best = effect;
      alike.set(field, other);
    }
  }
  return alike;
};

import type { Facts } from "../../spec/facts.ts";
import { LEAK_SIGNS } from "./leak-signs.ts";
import { findColumn, type LearnScope } from "./scope.ts";

type Suspect = Facts["leakage"][number];

/**
 * Columns that would tell the model what it is to predict, each with the first sign found and its evidence; people may keep one by
 * `columns.include`.
 */
export const measureLeakage = async (
  scope: LearnScope,
  assoc: Facts["assoc"],
): Promise<readonly Suspect[]> => {
  const kept = new Set(
    scope.spec.columns.include.map((name) => findColumn(scope.profile.columns, name)?.field),
  );
  const found: Suspect[] = [];
  for (const column of scope.candidates) {
    if (column.field === scope.time.field) continue;
    const own = assoc.find((item) => item.field === column.field);
    for (const look of LEAK_SIGNS) {
      const sign = await look(scope, column, own);
      if (sign === null) continue;
      found.push({
        column: column.name,
        field: column.field,
        pattern: sign.pattern,
        evidence: sign.evidence,
        value: Number(sign.value.toPrecision(6)),
        verdict: kept.has(column.field) ? "keep" : "exclude",
      });
      break;
    }
  }
  return found;
};

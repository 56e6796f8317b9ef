import { basename } from "node:path";
import type { Assumption, Dataset } from "../../data/dataset.ts";
import { measureProfile } from "../../data/profile.ts";
import { Facts } from "../../spec/facts.ts";
import type { PipelineSpec } from "../../spec/spec.ts";
import { measureArrival } from "./arrival.ts";
import { measureAssoc } from "./assoc.ts";
import { chooseMetric, measureBaseline } from "./baseline.ts";
import { measureFeatures, requireFeatures } from "./features.ts";
import { measureKeys } from "./keys.ts";
import { measureLeakage } from "./leakage.ts";
import { measurePower } from "./power.ts";
import type { LearnScope, Scope } from "./scope.ts";
import { measureGroups, measureLoad, measureSizing } from "./sizing.ts";
import { planSplit } from "./split.ts";
import { measureTarget, targetSql } from "./target.ts";
import { measureTime } from "./time.ts";

export interface MeasureInput {
  readonly dataset: Dataset;
  readonly spec: PipelineSpec;
  readonly snapshot: { readonly sha256: string; readonly bytes: number };
}

/** The source's name is that of its address, also when its kept copy is read: that one is called by its hash. */
const nameOf = (uri: string): string => basename(uri.split(/[?#]/)[0] ?? uri) || uri;

/** Table `marks`, row by row beside `data`: `_y` the target (label, 0/1 or number), `_n` the same as a number (class share for labels), `_holdout`, `_fold` 0..4. */
const createMarks = async (
  scope: Scope,
  target: Facts["target"],
  holdoutSql: string,
): Promise<void> => {
  const y = targetSql(target);
  const n =
    target.kind === "multiclass"
      ? `CASE WHEN ${y} = '${(target.classes[0]?.label ?? "").replaceAll("'", "''")}' THEN 1.0 ELSE 0.0 END`
      : `CAST(${y} AS DOUBLE)`;
  await scope.dataset.connection.run(
    `CREATE OR REPLACE TEMP TABLE marks AS SELECT ${y} AS _y, ${n} AS _n, ${holdoutSql} AS _holdout, rowid % 5 AS _fold FROM data ORDER BY rowid`,
  );
};

/**
 * Measures everything the specialists decide from. UserInputError with the code of what makes the data unusable (TARGET_UNKNOWN,
 * TARGET_EMPTY, TARGET_CONSTANT, TOO_FEW_ROWS, NO_FEATURES, …). The same bytes and spec give the same facts.
 */
export const measureFacts = async ({ dataset, snapshot, spec }: MeasureInput): Promise<Facts> => {
  const assumptions: Assumption[] = [...dataset.assumptions];
  const profile = await measureProfile(dataset, spec.columns.personal);
  const personal = new Map(
    profile.columns.flatMap(({ name, personal: kind }) =>
      kind === null ? [] : [[name, kind] as const],
    ),
  );
  const scope: Scope = {
    dataset,
    spec,
    profile,
    personal,
    assume: (item) => assumptions.push(item),
  };
  const target = await measureTarget(scope);
  const time = await measureTime(scope);
  const keys = await measureKeys(scope);
  const { holdoutSql, split } = await planSplit(scope, target, time, keys);
  await createMarks(scope, target, holdoutSql);
  const candidates = profile.columns.filter(
    ({ field, personal: kind }) => field !== target.field && kind === null,
  );
  const learn: LearnScope = { ...scope, target, time, candidates };
  const assoc = await measureAssoc(learn);
  const leakage = await measureLeakage(learn, [...assoc]);
  const { excluded, features } = await measureFeatures(learn, [...assoc], [...leakage]);
  requireFeatures(features, excluded);
  const metric = chooseMetric(learn);
  const arrival = await measureArrival(scope, time);
  for (const { column, evidence, pattern, verdict } of leakage) {
    if (verdict === "exclude") {
      assumptions.push({
        subject: `column ${column}`,
        assumed: "left out of the features",
        why: `${pattern.replaceAll("_", " ")}: ${evidence}`,
        change: `columns.include (comment: include ${column})`,
      });
    }
  }
  return Facts.parse({
    source: { name: nameOf(spec.dataset.uri), uri: spec.dataset.uri, licence: null, refresh: null },
    snapshot: { sha256: snapshot.sha256, bytes: snapshot.bytes },
    profile,
    keys,
    time,
    arrival,
    target,
    assoc,
    leakage,
    baseline: await measureBaseline(learn, metric, features, [...assoc]),
    power: measurePower(learn),
    split,
    features,
    excluded,
    groups: measureGroups(learn, features, [...assoc]),
    sizing: measureSizing(learn, features.length),
    load: measureLoad(learn, arrival),
    assumptions,
  });
};

import { quoteId, stable, toNumber } from "../../data/sql.ts";
import type { Facts, FeatureFacts } from "../../spec/facts.ts";
import { type LearnScope, learn } from "./scope.ts";

type Baseline = Facts["baseline"];
type Metric = Baseline["metric"];

/** Below this share of positives the area under the ROC curve flatters; precision at the top is what people act on. */
const RARE = 0.05;
const TRIED = 8;

/** The primary metric: given, else by kind and balance of the target. */
export const chooseMetric = (scope: Pick<LearnScope, "spec" | "target" | "assume">): Metric => {
  const { target } = scope;
  const given = scope.spec.metric.primary;
  if (given !== "auto") return given;
  const rate = target.baseRate ?? 0;
  const metric: Metric =
    target.kind === "regression"
      ? "mae"
      : target.kind === "multiclass"
        ? "macro_f1"
        : rate < RARE
          ? "average_precision"
          : "roc_auc";
  const why =
    target.kind === "binary"
      ? `positives are ${(rate * 100).toFixed(1)} % of the rows; ${metric === "roc_auc" ? "ranking quality that does not depend on a threshold" : "so rare that ranking among the top matters"}`
      : target.kind === "regression"
        ? "an error in the target's own unit that single outliers do not decide"
        : "every class counts the same, however rare";
  scope.assume({
    subject: "primary metric",
    assumed: metric,
    why,
    change: "metric.primary (comment: metric <name>)",
  });
  return metric;
};

export const greaterIsBetter = (metric: Metric): boolean => metric !== "mae" && metric !== "rmse";

// A score per hold-out row: the target's mean among training rows with the same value (ten bands for numbers).
const scoredSql = (feature: Pick<FeatureFacts, "source" | "kind">): string => {
  const id = quoteId(feature.source);
  const numeric = feature.kind === "numeric";
  const band = numeric
    ? `(SELECT quantile_cont(CAST(${id} AS DOUBLE), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) FROM ${learn(feature.source)} WHERE NOT _holdout)`
    : "";
  const key = numeric
    ? `len(list_filter(bands, lambda b: b <= CAST(${id} AS DOUBLE)))`
    : `CAST(${id} AS VARCHAR)`;
  const from = numeric
    ? `${learn(feature.source)}, (SELECT ${band} AS bands) AS limits`
    : learn(feature.source);
  return `
    k AS (SELECT _y, _n, _holdout, CASE WHEN ${id} IS NULL THEN NULL ELSE ${key} END AS key FROM ${from} WHERE _y IS NOT NULL),
    overall AS (SELECT avg(_n) AS m, median(_n) AS d FROM k WHERE NOT _holdout),
    means AS (SELECT key, avg(_n) AS m, median(_n) AS d, mode(_y) AS label FROM k WHERE NOT _holdout GROUP BY key),
    scored AS (SELECT k._y, k._n, coalesce(means.m, overall.m) AS s, coalesce(means.d, overall.d) AS d, coalesce(means.label, (SELECT mode(_y) FROM k WHERE NOT _holdout)) AS label
      FROM k CROSS JOIN overall LEFT JOIN means ON means.key IS NOT DISTINCT FROM k.key WHERE k._holdout)`;
};

const METRIC_SQL: Readonly<Record<Metric, string>> = {
  roc_auc: `ranked AS (SELECT _n, rank() OVER (ORDER BY s) + (count(*) OVER (PARTITION BY s) - 1) / 2.0 AS r FROM scored)
    SELECT (sum(CASE WHEN _n = 1 THEN r ELSE 0 END) - sum(_n) * (sum(_n) + 1) / 2) / nullif(sum(_n) * sum(1 - _n), 0) FROM ranked`,
  // Average precision over groups of equal score, as scikit-learn computes it: sum of precision times the step in recall.
  average_precision: `g AS (SELECT s, sum(_n) AS tp, count(*) AS k FROM scored GROUP BY s),
    c AS (SELECT tp, sum(tp) OVER w AS cum_tp, sum(k) OVER w AS cum FROM g WINDOW w AS (ORDER BY s DESC))
    SELECT sum(tp * cum_tp / cum) / nullif(max(cum_tp), 0) FROM c`,
  macro_f1: `classes AS (SELECT DISTINCT CAST(_y AS VARCHAR) AS y FROM scored),
    f AS (SELECT classes.y, count(*) FILTER (CAST(scored._y AS VARCHAR) = classes.y AND CAST(label AS VARCHAR) = classes.y) AS tp,
      count(*) FILTER (CAST(scored._y AS VARCHAR) = classes.y) AS p, count(*) FILTER (CAST(label AS VARCHAR) = classes.y) AS q FROM classes, scored GROUP BY classes.y)
    SELECT avg(CASE WHEN p + q = 0 THEN 0 ELSE 2.0 * tp / (p + q) END) FROM f`,
  mae: "SELECT avg(abs(_n - d)) FROM scored",
  rmse: "SELECT sqrt(avg((_n - s) * (_n - s))) FROM scored",
};

const TRIVIAL: Readonly<Record<Metric, string>> = {
  roc_auc: "the same score for every row",
  average_precision: "the same score for every row (the share of positives)",
  macro_f1: "always the most frequent class",
  mae: "always the median of the training part",
  rmse: "always the mean of the training part",
};

const CONSTANT = `
  k AS (SELECT _y, _n, _holdout FROM ${learn()} WHERE _y IS NOT NULL),
  scored AS (SELECT _y, _n, (SELECT avg(_n) FROM k WHERE NOT _holdout) AS s, (SELECT median(_n) FROM k WHERE NOT _holdout) AS d,
    (SELECT mode(_y) FROM k WHERE NOT _holdout) AS label FROM k WHERE _holdout)`;

const figure = async (
  scope: LearnScope,
  scored: string,
  metric: Metric,
): Promise<number | null> => {
  const joiner = METRIC_SQL[metric].trimStart().startsWith("SELECT") ? " " : ", ";
  const [[value] = []] = await scope.dataset.rows(`WITH ${scored}${joiner}${METRIC_SQL[metric]}`);
  const number = toNumber(value);
  return number === null ? null : stable(number);
};

/** Figures to beat on the hold-out, computed in SQL: a constant answer, and the best rule that looks at one column only. */
export const measureBaseline = async (
  scope: LearnScope,
  metric: Metric,
  features: readonly FeatureFacts[],
  assoc: Facts["assoc"],
): Promise<Baseline> => {
  const better = greaterIsBetter(metric);
  const trivial = (await figure(scope, CONSTANT, metric)) ?? 0;
  const tried = assoc
    .map(({ field }) => features.find((feature) => feature.source === field))
    .filter((item) => item !== undefined);
  let best: Baseline["bestColumn"] = null;
  for (const feature of tried.slice(0, TRIED)) {
    const value = await figure(scope, scoredSql(feature), metric);
    if (value === null) continue;
    const beats = best === null || (better ? value > best.value : value < best.value);
    const column =
      scope.profile.columns.find(({ field }) => field === feature.source)?.name ?? feature.source;
    if (beats) best = { column, field: feature.source, value };
  }
  return {
    metric,
    greaterIsBetter: better,
    trivial: { rule: TRIVIAL[metric], value: trivial },
    bestColumn: best,
  };
};

import type { Facts } from "../../../spec/facts.ts";
import type { QualityRule } from "./rules.ts";

interface Expectation {
  readonly type: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly meta: { readonly rule: string; readonly reason: string };
  readonly severity: "critical" | "warning";
}

const mostly = (rule: QualityRule) => ({ mostly: Number((1 - (rule.bound ?? 0)).toFixed(4)) });

const kwargsOf = (rule: QualityRule): readonly [string, Record<string, unknown>] | null => {
  const column = { column: rule.field };
  switch (rule.rule) {
    case "not_null":
      return ["expect_column_values_to_not_be_null", column];
    case "null_share":
      return ["expect_column_values_to_not_be_null", { ...column, ...mostly(rule) }];
    case "range":
      return [
        "expect_column_values_to_be_between",
        { ...column, min_value: rule.low, max_value: rule.high },
      ];
    case "instant":
      return ["expect_column_min_to_be_between", { ...column, min_value: rule.low }];
    case "allowed":
      return [
        "expect_column_values_to_be_in_set",
        { ...column, value_set: rule.values, ...mostly(rule) },
      ];
    case "unique":
      return ["expect_compound_columns_to_be_unique", { column_list: rule.fields }];
    case "volume":
      return ["expect_table_row_count_to_be_between", { min_value: rule.min_rows }];
    case "jump": {
      const [mean, width] = [rule.mean ?? 0, (rule.std ?? 0) * (rule.bound ?? 0)];
      return [
        "expect_column_mean_to_be_between",
        { ...column, min_value: mean - width, max_value: mean + width },
      ];
    }
    // Copies and volume per period have no expectation of their own; validate.py alone executes them.
    case "exact_copies":
    case "period_volume":
      return null;
  }
};

/** A Great Expectations 1.x suite of the same rules, on the processed layer's field names. */
export const expectationSuite = (facts: Facts, rules: readonly QualityRule[], name: string) => ({
  name,
  expectations: [
    {
      type: "expect_table_columns_to_match_set",
      kwargs: {
        column_set: facts.profile.columns
          .filter((column) => column.personal === null)
          .map((column) => column.field),
        exact_match: false,
      },
      meta: { rule: "columns", reason: "columns of the measured data that are not personal" },
      severity: "critical",
    },
    ...rules.flatMap((rule): readonly Expectation[] => {
      const found = kwargsOf(rule);
      return found === null
        ? []
        : [
            {
              type: found[0],
              kwargs: found[1],
              meta: { rule: rule.id, reason: rule.reason },
              severity: rule.severity === "hard" ? "critical" : "warning",
            },
          ];
    }),
  ],
  meta: { great_expectations_version: "1.24.1", snapshot: facts.snapshot.sha256 },
});

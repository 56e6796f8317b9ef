import type { Facts } from "../../../spec/facts.ts";

/** A group column and how many of its values have enough rows to be judged. No value of a personal column appears. */
export interface GroupSupport {
  readonly field: string;
  readonly column: string;
  readonly protectedColumn: boolean;
  readonly assessable: readonly { readonly value: string; readonly rows: number }[];
  readonly tooSmall: readonly { readonly value: string; readonly rows: number }[];
}

/** Per group column, which of its values can be assessed on the hold-out and which have too few rows. */
export const groupSupport = (facts: Facts, minRows: number): readonly GroupSupport[] =>
  [...new Set([...facts.groups.protected, ...facts.groups.slices])].flatMap((field) => {
    const column = facts.profile.columns.find((entry) => entry.field === field);
    if (!column || column.personal !== null) return [];
    const values = (column.top ?? []).map(({ value, count }) => ({
      value,
      rows: Math.round(count * facts.split.holdoutShare),
    }));
    return [
      {
        field,
        column: column.name,
        protectedColumn: facts.groups.protected.includes(field),
        assessable: values.filter((entry) => entry.rows >= minRows),
        tooSmall: values.filter((entry) => entry.rows < minRows),
      },
    ];
  });

import type { ColumnFacts, Facts } from "../../../spec/facts.ts";

/** Names that a pydantic model has of its own; a field of that name gets an underscore and keeps its alias. */
const TAKEN = new Set(
  "construct copy dict fields fields_by_name from_orm json parse_file parse_obj parse_raw schema schema_json update_forward_refs validate".split(
    " ",
  ),
);

const attributeOf = (field: string): string =>
  TAKEN.has(field) || field.startsWith("model_") ? `f_${field}_` : field;

/** A column of the record with the attribute's name and the name that callers use: the raw one, or the field where a name repeats. */
export type RecordColumn = ColumnFacts & { readonly attribute: string; readonly alias: string };

/** Every column with the name that callers use for it. */
export const namedColumns = (facts: Facts): readonly RecordColumn[] =>
  facts.profile.columns.map((column, index, all) => {
    const first = all.findIndex((other) => other.name === column.name) === index;
    return {
      ...column,
      attribute: attributeOf(column.field),
      alias: first ? column.name : column.field,
    };
  });

/** The columns that a request may carry: not personal, not excluded, not the target. */
export const recordColumns = (facts: Facts): readonly RecordColumn[] => {
  const closed = new Set([facts.target.field, ...facts.excluded.map((entry) => entry.field)]);
  return namedColumns(facts).filter(
    (column) => column.personal === null && !closed.has(column.field),
  );
};

import type { Facts } from "../../../spec/facts.ts";

/** A fault that this data can have and what the code answers; the tests plant each of them. */
export interface Fault {
  readonly what: string;
  readonly error: string;
  readonly test: string;
}

const always: readonly Fault[] = [
  { what: "a column is gone", error: "SchemaChanged", test: "tests/unit/test_faults.py" },
  { what: "the file is empty", error: "SourceCut", test: "tests/unit/test_faults.py" },
  { what: "every row has the same label", error: "DataError", test: "tests/unit/test_faults.py" },
  {
    what: "an unknown key in the configuration",
    error: "ConfigError",
    test: "tests/unit/test_config.py",
  },
  { what: "the disk is full", error: "StorageFull", test: "tests/unit/test_common.py" },
  {
    what: "the process is killed while it writes",
    error: "none: the file before stays",
    test: "tests/unit/test_common.py",
  },
  { what: "a model file was changed", error: "RegistryError", test: "tests/unit/test_register.py" },
];

/** The faults in the order of docs/performance.md; typed columns add the one of a wrong type. */
export const faultsOf = (facts: Facts): readonly Fault[] => {
  const typed = facts.profile.columns.find(
    (column) =>
      ["integer", "number", "date", "timestamp"].includes(column.type) && column.personal === null,
  );
  return typed === undefined
    ? always
    : [
        ...always,
        {
          what: `text where a ${typed.type} belongs (such as ${typed.field})`,
          error: "RowError",
          test: "tests/unit/test_predict.py",
        },
      ];
};

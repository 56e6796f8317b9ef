import { Facts } from "../../../src/spec/facts.ts";
import { PipelineSpec } from "../../../src/spec/spec.ts";

const CATEGORIES = ["a", "b", "c", "d"].map((value, index) => ({
  value,
  count: [5000, 3000, 1500, 500][index] ?? 0,
}));

const feature = (source: string, kind: "numeric" | "categorical" | "date_part") => ({
  name: source,
  source,
  kind,
  transform: "none",
  impute: "none",
  missingFlag: false,
  clip: null,
  categories: null,
  reason: "in the test",
});

/** Facts of a small binary problem with one column of every kind that matters to monitoring. */
export const monitoringFacts = (rows = 10_000): Facts =>
  Facts.parse({
    source: { name: "strikes", uri: "strikes.csv", licence: null, refresh: null },
    snapshot: { sha256: "ab".repeat(32), bytes: 1_000_000 },
    profile: {
      rows,
      bytes: 1_000_000,
      format: "csv",
      encoding: "utf-8",
      delimiter: ",",
      nullTokens: [""],
      duplicateRows: 0,
      columns: [
        {
          name: "Speed",
          field: "speed",
          type: "number",
          nulls: rows / 5,
          distinct: 120,
          personal: null,
        },
        {
          name: "Engines",
          field: "engines",
          type: "integer",
          nulls: 0,
          distinct: 4,
          personal: null,
        },
        {
          name: "Size",
          field: "size",
          type: "string",
          nulls: 0,
          distinct: 4,
          top: CATEGORIES,
          personal: null,
        },
        { name: "Note", field: "note", type: "string", nulls: 0, distinct: rows, personal: null },
        { name: "Pilot", field: "pilot", type: "string", nulls: 0, distinct: 40, personal: "name" },
        { name: "Day", field: "day", type: "date", nulls: 0, distinct: 3000, personal: null },
        { name: "Damage", field: "damage", type: "string", nulls: 0, distinct: 2, personal: null },
      ],
    },
    keys: { candidates: [], chosen: [], duplicates: 0, entity: [], reason: "none" },
    time: {
      column: "Day",
      field: "day",
      min: null,
      max: null,
      spanDays: 3000,
      grain: "day",
      gapDays: 1,
      reason: "the only date",
    },
    arrival: {
      period: "none",
      perPeriod: [],
      meanRows: null,
      meanBytes: null,
      growthPerYear: null,
    },
    target: {
      column: "Damage",
      field: "damage",
      kind: "binary",
      positive: { rule: "equals", labels: ["yes"] },
      classes: [],
      nulls: 0,
      baseRate: 0.1,
      mean: null,
      std: null,
      labelDelayDays: 0,
    },
    assoc: [],
    leakage: [],
    baseline: {
      metric: "roc_auc",
      greaterIsBetter: true,
      trivial: { rule: "prior", value: 0.5 },
      bestColumn: { column: "Size", field: "size", value: 0.65 },
    },
    power: { rows, positives: rows / 10, alpha: 0.05, power: 0.8, minEffect: 0.02, perArm: 3800 },
    split: { kind: "time", cut: "2000-01-01", holdoutShare: 0.2, folds: 5, reason: "time" },
    features: [
      feature("speed", "numeric"),
      feature("engines", "numeric"),
      feature("size", "categorical"),
      feature("note", "categorical"),
      feature("pilot", "categorical"),
      feature("day", "date_part"),
    ],
    excluded: [],
    groups: { slices: ["size"], protected: [], personal: [{ column: "Pilot", kind: "name" }] },
    sizing: {
      memoryMb: 64,
      trainMemoryMb: 512,
      diskMb: 10,
      trainMinutes: 0.5,
      cpus: 1,
      modelMb: 2,
    },
    load: { rpsMean: 1, rpsPeak: 3, batchRowsPerDay: 3, from: "assumed" },
    assumptions: [],
  });

/** A complete spec for these facts; `changes` are merged at the top level. */
export const monitoringSpec = (changes: object = {}): PipelineSpec =>
  PipelineSpec.parse({
    pipeline: { name: "strikes", goal: "Predict which strikes damage the aircraft" },
    dataset: { uri: "strikes.csv" },
    target: { column: "Damage" },
    ...changes,
  });

import type { Facts } from "../../../spec/facts.ts";
import type { PipelineSpec } from "../../../spec/spec.ts";
import { grainDays } from "./figures.ts";

/** How the next load asks the source for what is new. */
export interface Incremental {
  readonly mode: "watermark" | "snapshot" | "log";
  readonly field: string | null;
  readonly key: readonly string[];
  readonly overlap_days: number;
  readonly reason: string;
}

/** Fields of the chosen key; empty when there is none or a part of it is personal and stays outside the layers. */
export const keyFields = (facts: Facts): readonly string[] => {
  const columns = facts.keys.chosen.map((name) =>
    facts.profile.columns.find((column) => column.name === name),
  );
  return columns.every((column) => column !== undefined && column.personal === null)
    ? columns.flatMap((column) => column?.field ?? [])
    : [];
};

/** The log where people chose it and rows have a key; watermark where every row has an event time; snapshot comparison where time is missing or people chose it. */
export const incrementalOf = (facts: Facts, spec: PipelineSpec): Incremental => {
  const time = facts.profile.columns.find((column) => column.field === facts.time.field);
  const key = keyFields(facts);
  const wanted = spec.choices.change_capture;
  const keyText =
    key.length > 0
      ? `rows are matched by key (${key.join(", ")})`
      : "there is no key, so the window is replaced by what the source says about it";
  if (wanted === "log" && key.length > 0)
    return {
      mode: "log",
      field: null,
      key,
      overlap_days: 0,
      reason: `chosen by change_capture: the first load is whole, then a change log is applied in order of its positions; ${keyText}`,
    };
  if (!time || time.nulls > 0 || wanted === "snapshot") {
    const why = !time
      ? "there is no event time"
      : time.nulls > 0
        ? `the event time is missing in ${time.nulls} rows`
        : "chosen by change_capture";
    return {
      mode: "snapshot",
      field: null,
      key,
      overlap_days: 0,
      reason: `${why}: each load compares the whole snapshot with the last one`,
    };
  }
  // One more grain step than the watermark's own: the last step of a load may have been incomplete.
  const overlap = Math.ceil(2 * grainDays(facts) + facts.target.labelDelayDays);
  return {
    mode: "watermark",
    field: time.field,
    key,
    overlap_days: overlap,
    reason: `every row has an event time of grain ${facts.time.grain}; ${overlap} days overlap = 2 grain steps + ${facts.target.labelDelayDays} days label delay; ${keyText}`,
  };
};

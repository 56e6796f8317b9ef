import type { Facts } from "../../spec/facts.ts";
import { rowsPerDay } from "./arrival.ts";
import type { LearnScope } from "./scope.ts";

const MB = 1024 * 1024;
/** A data frame of text takes about eight times the file; fitting holds about four copies of the numbers. Rough, on the safe side. */
const FRAME = 8;
const FIT_COPIES = 4;
const RUNTIME_MB = 300; // interpreter with numpy, pandas, scikit-learn and pyarrow loaded

/** Memory, disk and time that training and serving are given, from rows, bytes and features. */
export const measureSizing = (scope: LearnScope, features: number): Facts["sizing"] => {
  const { bytes, rows } = scope.profile;
  const frameMb = Math.ceil((bytes * FRAME) / MB);
  const matrixMb = Math.ceil((rows * Math.max(1, features) * 8 * FIT_COPIES) / MB);
  return {
    memoryMb: Math.max(512, Math.ceil((RUNTIME_MB + 100) / 128) * 128),
    trainMemoryMb: Math.max(1024, Math.ceil((RUNTIME_MB + frameMb + matrixMb) / 256) * 256),
    diskMb: Math.max(1024, Math.ceil((bytes * 6) / MB / 256) * 256),
    trainMinutes: Math.max(1, Math.ceil((rows * Math.max(5, features)) / 1_000_000)),
    cpus: rows > 200_000 ? 4 : 2,
    modelMb: Math.max(2, Math.ceil(features / 20)),
  };
};

const DAY_S = 86_400;
const PEAK = 3;
const ASSUMED_RPS = 1;

/** Requests per second: stated, else from how rows arrive, else assumed and said so. */
export const measureLoad = (scope: LearnScope, arrival: Facts["arrival"]): Facts["load"] => {
  const { rps_mean, rps_peak } = scope.spec.load;
  const perDay = rowsPerDay(arrival);
  const batchRowsPerDay = Math.max(1, Math.round(perDay ?? scope.profile.rows / 30));
  if (rps_mean !== null) {
    return {
      rpsMean: rps_mean,
      rpsPeak: rps_peak ?? rps_mean * PEAK,
      batchRowsPerDay,
      from: "spec",
    };
  }
  const fromRows = perDay === null ? null : perDay / DAY_S;
  // Less than one request a second says nothing about a service: one is planned for, and that is said.
  const rpsMean =
    fromRows !== null && fromRows >= ASSUMED_RPS ? Number(fromRows.toPrecision(3)) : ASSUMED_RPS;
  const from = fromRows !== null && fromRows >= ASSUMED_RPS ? "arrival" : "assumed";
  scope.assume({
    subject: "load",
    assumed: `${rpsMean} requests per second on average, ${rpsMean * PEAK} at peak`,
    why:
      perDay === null
        ? "the data has no event time"
        : `about ${perDay.toPrecision(3)} rows arrive a day`,
    change: "load.rps_mean (comment: set load.rps_mean = <number>)",
  });
  return { rpsMean, rpsPeak: rpsMean * PEAK, batchRowsPerDay, from };
};

const PROTECTED =
  /(^|_)(sex|gender|race|ethnic\w*|religion|age|age_group|nationality|disability|marital\w*)(_|$)/;
const MOST_SLICES = 4;

/** Columns by which results are looked at apart: few values, many rows each. Protected ones are named by what they are called. */
export const measureGroups = (
  scope: LearnScope,
  features: Facts["features"],
  assoc: Facts["assoc"],
): Facts["groups"] => {
  const asked = scope.spec.columns.groups;
  const used = new Set(features.map((feature) => feature.source));
  const fitting = scope.profile.columns.filter(
    ({ distinct, field, personal, type }) =>
      personal === null &&
      used.has(field) &&
      (type === "string" || type === "boolean") &&
      distinct >= 2 &&
      distinct <= 12,
  );
  const strength = (field: string) => assoc.find((item) => item.field === field)?.value ?? 0;
  const chosen =
    asked.length > 0
      ? fitting.filter(({ field, name }) => asked.includes(name) || asked.includes(field))
      : fitting;
  const slices = [...chosen]
    .sort((a, b) => strength(b.field) - strength(a.field))
    .slice(0, MOST_SLICES)
    .map(({ field }) => field);
  return {
    slices,
    protected: scope.profile.columns
      .filter(({ field }) => PROTECTED.test(field))
      .map(({ field }) => field),
    personal: scope.profile.columns.flatMap(({ name, personal }) =>
      personal === null ? [] : [{ column: name, kind: personal }],
    ),
  };
};

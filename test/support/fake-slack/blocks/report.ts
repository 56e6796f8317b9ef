import { type Body, listOf } from "../answer.ts";

export type Surface = "message" | "modal" | "home";

/** What the surroundings of a check know: the workspace's block types and files, the app's scopes. */
export interface Surroundings {
  /** Block types that this workspace does not have yet. */
  readonly missing?: ReadonlySet<string>;
  /** Whether an image may show this file of Slack now; by default every id and address will do. */
  readonly fileReady?: (file: Body) => boolean;
  /** Whether the app may read files, without which it may not ask for one; by default it may. */
  readonly readsFiles?: boolean;
}

/** Collects what Slack would refuse, each with the JSON pointer of its place. */
export interface Report extends Surroundings {
  readonly surface: Surface;
  readonly problems: string[];
  readonly fail: (at: string, message: string) => void;
}

export const createReport = (surface: Surface, surroundings: Surroundings = {}): Report => {
  const problems: string[] = [];
  return {
    ...surroundings,
    surface,
    problems,
    fail: (at, message) => {
      problems.push(`${message} [json-pointer:${at}]`);
    },
  };
};

export type Check = (report: Report, value: Body, at: string) => void;

export const isObject = (value: unknown): value is Body =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value as an object with the required fields and none that is unknown; null when it is not even an object. */
export const shape = (
  report: Report,
  value: unknown,
  at: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Body | null => {
  if (!isObject(value)) {
    report.fail(at, "must be an object");
    return null;
  }
  for (const field of required)
    if (value[field] === undefined || value[field] === null)
      report.fail(at, `missing required field: ${field}`);
  for (const field of Object.keys(value))
    if (!required.includes(field) && !optional.includes(field))
      report.fail(at, `invalid additional property: ${field}`);
  return value;
};

/** A text of `min`..`max` characters (UTF-16 units, the stricter count); absent is fine. */
export const checkString = (
  report: Report,
  value: unknown,
  at: string,
  max: number,
  min = 1,
): void => {
  if (value === undefined || value === null) return;
  if (typeof value !== "string") report.fail(at, "must be a string");
  else if (value.length < min) report.fail(at, `must be more than ${min - 1} characters`);
  else if (value.length > max) report.fail(at, `must be less than ${max + 1} characters`);
};

export const checkNumber = (
  report: Report,
  value: unknown,
  at: string,
  min: number,
  max: number,
): void => {
  if (value === undefined) return;
  if (!Number.isInteger(value) || Number(value) < min || Number(value) > max)
    report.fail(at, `must be a whole number from ${min} to ${max}`);
};

export const checkBoolean = (report: Report, value: unknown, at: string): void => {
  if (value !== undefined && typeof value !== "boolean") report.fail(at, "must be a boolean");
};

export const checkOneOf = (
  report: Report,
  value: unknown,
  at: string,
  allowed: readonly string[],
): void => {
  if (value !== undefined && !allowed.includes(String(value)))
    report.fail(at, `must be one of: ${allowed.join(", ")}`);
};

/** A list of `min`..`max` items; gives the items to check one by one. */
export const checkList = (
  report: Report,
  value: unknown,
  at: string,
  min: number,
  max: number,
): readonly unknown[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value)) report.fail(at, "must be an array");
  const items = listOf(value);
  if (items.length < min) report.fail(at, `no fewer than ${min} items allowed`);
  if (items.length > max) report.fail(at, `no more than ${max} items allowed`);
  return items;
};

export const checkUrl = (report: Report, value: unknown, at: string): void => {
  checkString(report, value, at, 3000);
  if (typeof value === "string" && !/^https?:\/\/\S+$/.test(value))
    report.fail(at, "must be a valid url");
};

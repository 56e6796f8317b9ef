/** How the dates of one column are written: strptime formats in the order in which they are tried, each value fitting one. */
export interface DateFormats {
  readonly formats: readonly string[];
  /** True when no value tells day and month apart, so that their order is a guess. */
  readonly guessed: boolean;
}

const TIME = "(?:([T ])(\\d{1,2}):\\d{2}(:\\d{2})?( ?[AaPp][Mm])?)?";
const YEAR_FIRST = new RegExp(`^\\d{4}([-/.])\\d{1,2}\\1\\d{1,2}${TIME}$`);
const YEAR_LAST = new RegExp(`^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4}|\\d{2})${TIME}$`);
const MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)";
const NAMED: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^\\d{1,2}-${MONTH}-\\d{4}$`, "i"), "%d-%b-%Y"],
  [new RegExp(`^\\d{1,2} ${MONTH} \\d{4}$`, "i"), "%d %b %Y"],
  [new RegExp(`^${MONTH} \\d{1,2} \\d{4}$`, "i"), "%b %d %Y"],
  [new RegExp(`^${MONTH} \\d{1,2}, \\d{4}$`, "i"), "%b %d, %Y"],
  [new RegExp(`^${MONTH}[a-z]* \\d{1,2}, \\d{4}$`, "i"), "%B %d, %Y"],
  [new RegExp(`^\\d{1,2} ${MONTH}[a-z]* \\d{4}$`, "i"), "%d %B %Y"],
];

const timeFormat = (
  joint: string | undefined,
  seconds: string | undefined,
  half: string | undefined,
): string => {
  if (joint === undefined) return "";
  const hour = half === undefined ? "%H" : "%I";
  const after = half === undefined ? "" : half.startsWith(" ") ? " %p" : "%p";
  return `${joint}${hour}:%M${seconds === undefined ? "" : ":%S"}${after}`;
};

interface Numeric {
  readonly separator: string;
  readonly year: "%Y" | "%y";
  readonly time: string;
  readonly first: number;
  readonly second: number;
}

const numericDate = (value: string): Numeric | null => {
  const match = YEAR_LAST.exec(value);
  if (!match) return null;
  return {
    separator: match[2] ?? "",
    year: match[4]?.length === 4 ? "%Y" : "%y",
    time: timeFormat(match[5], match[7], match[8]),
    first: Number(match[1]),
    second: Number(match[3]),
  };
};

const plainFormat = (value: string): string | null => {
  const match = YEAR_FIRST.exec(value);
  if (match) {
    const separator = match[1] ?? "";
    return `%Y${separator}%m${separator}%d${timeFormat(match[2], match[4], match[5])}`;
  }
  return NAMED.find(([pattern]) => pattern.test(value))?.[1] ?? null;
};

/** Day first, month first, or null where one value demands the one and another the other. A guess follows the locale's other habits. */
const orderOf = (dates: readonly Numeric[], dayFirst: boolean) => {
  const day = dates.some(({ first }) => first > 12);
  const month = dates.some(({ second }) => second > 12);
  if (day && month) return null;
  return { dayFirst: day || (!month && dayFirst), guessed: !day && !month };
};

const sorted = <T>(found: ReadonlyMap<string, T>) =>
  [...found].sort(([a], [b]) => (a < b ? -1 : 1));

/** Each value as a format, or as numbers whose order is still open; null when one is no date. */
const classify = (values: readonly string[]) => {
  const plain = new Set<string>();
  const numeric = new Map<string, Numeric[]>();
  for (const value of values) {
    const format = plainFormat(value);
    const date = format === null ? numericDate(value) : null;
    if (format !== null) plain.add(format);
    else if (date === null) return null;
    else {
      const same = numeric.get(date.separator);
      if (same) same.push(date);
      else numeric.set(date.separator, [date]);
    }
  }
  return { plain, numeric };
};

/**
 * The formats of a column of dates from its different values; null when one of them is no date, or when day and month change places
 * within one way of writing. `dayFirst` decides where no value tells. Never throws.
 */
export const dateFormatsOf = (values: readonly string[], dayFirst: boolean): DateFormats | null => {
  const found = classify(values);
  if (found === null) return null;
  const formats = [...found.plain].sort();
  let guessed = false;
  for (const [separator, dates] of sorted(found.numeric)) {
    const order = orderOf(dates, dayFirst || separator === ".");
    if (order === null) return null;
    guessed ||= order.guessed;
    const lead = order.dayFirst ? `%d${separator}%m` : `%m${separator}%d`;
    const own = dates.map(({ year, time }) => `${lead}${separator}${year}${time}`);
    formats.push(...[...new Set(own)].sort());
  }
  return formats.length === 0 ? null : { formats, guessed };
};

/** How one figure compares with its bound, both in `unit`; `bound` null: nothing was promised, the figure is only shown. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: "s" | "ms" | "MB" | "/s" | "×";
  readonly bound: number | null;
  /** More of it is better, as for a rate. */
  readonly atLeast?: boolean;
}

const DIGITS = { s: 2, ms: 1, MB: 0, "/s": 0, "×": 2 } as const;

/** The value at a share (0..1) of the sorted values; NaN for none. */
export const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN;

/** The middle value; NaN for none. */
export const median = (values: readonly number[]): number => percentile(values, 0.5);

const verdict = ({ atLeast = false, bound, value }: Figure): string => {
  if (bound === null) return "";
  const ratio = value / bound;
  const held = atLeast ? ratio >= 1 : ratio <= 1;
  return `${ratio.toFixed(2)} × the bound${held ? "" : "   OVER THE BOUND"}`;
};

/** Prints one line: what, figure, bound, and how far inside or over it. */
export const print = (figure: Figure): void => {
  const shown = `${figure.value.toFixed(DIGITS[figure.unit])} ${figure.unit}`;
  const bound = figure.bound === null ? "" : `bound ${figure.bound} ${figure.unit}`;
  const line = `${figure.what.padEnd(66)}${shown.padStart(12)}   ${bound.padEnd(14)} ${verdict(figure)}`;
  process.stdout.write(`${line.trimEnd()}\n`);
};

/** Prints a sentence between the figures. */
export const say = (text: string): void => void process.stdout.write(`${text}\n`);

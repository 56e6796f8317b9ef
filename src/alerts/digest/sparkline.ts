const STEPS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** A series as one line of blocks, lowest to highest; a gap where a value is missing. Empty for fewer than two values. */
export const sparkline = (values: readonly (number | null)[]): string => {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return "";
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const span = high - low;
  return values
    .map((value) => {
      if (value === null) return " ";
      const step = span === 0 ? 0 : Math.round(((value - low) / span) * (STEPS.length - 1));
      return STEPS[step] ?? "";
    })
    .join("");
};

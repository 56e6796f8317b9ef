/** How the tests of one window depend on each other: BH holds for usual dependence, BY for any. */
export type Dependence = "usual" | "strong";

/**
 * p-values adjusted for the false-discovery rate, in the order given: Benjamini–Hochberg 1995 (`usual`), Benjamini–Yekutieli 2001
 * (`strong`). A test is a discovery at rate q when its adjusted value is ≤ q.
 */
export const adjusted = (
  pValues: readonly number[],
  dependence: Dependence = "usual",
): readonly number[] => {
  const count = pValues.length;
  const harmonic = dependence === "usual" ? 1 : pValues.reduce((sum, _, i) => sum + 1 / (i + 1), 0);
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1));
  const result = new Array<number>(count).fill(1);
  let least = 1;
  for (let rank = count; rank >= 1; rank--) {
    const at = order[rank - 1] ?? 0;
    least = Math.min(least, (pValues[at] ?? 1) * ((count * harmonic) / rank));
    result[at] = least;
  }
  return result;
};

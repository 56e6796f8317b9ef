/** Figures that are expected when the probabilities are right, each 0..1, null where they are undefined. */
export interface Estimate {
  readonly accuracy: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly macro_f1: number | null;
  readonly roc_auc: number | null;
}

const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** Σ over pairs of pᵢ(1−pⱼ) where score i beats score j, half where they tie, over Σp·Σ(1−p): by one sweep over sorted scores. */
const expectedAuc = (sorted: readonly { readonly score: number; readonly p: number }[]) => {
  let [below, wins, positives] = [0, 0, 0];
  for (let i = 0; i < sorted.length; ) {
    const score = sorted[i]?.score;
    let [p, q, own] = [0, 0, 0];
    for (; i < sorted.length && sorted[i]?.score === score; i++) {
      const one = sorted[i]?.p ?? 0;
      p += one;
      q += 1 - one;
      own += one * (1 - one);
    }
    // A row does not compete with itself.
    wins += p * below + Math.max(0, p * q - own) / 2;
    below += q;
    positives += p;
  }
  return ratio(wins, positives * below);
};

/**
 * Confidence-based performance estimation of a binary model without labels: `p` are calibrated probabilities of the positive class beside
 * the raw `score`, `threshold` decides on p. It assumes that the input moved and the concept did not. Source: monitoring.md 4.
 */
export const estimatePerformance = (
  rows: readonly { readonly score: number; readonly p: number }[],
  threshold: number,
): Estimate => {
  let [tp, fp, fn, tn] = [0, 0, 0, 0];
  for (const { p, score } of rows) {
    if (score >= threshold) {
      tp += p;
      fp += 1 - p;
    } else {
      fn += p;
      tn += 1 - p;
    }
  }
  const f1 = ratio(2 * tp, 2 * tp + fp + fn);
  const other = ratio(2 * tn, 2 * tn + fp + fn);
  return {
    accuracy: (tp + tn) / Math.max(1, rows.length),
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1,
    macro_f1: f1 === null || other === null ? null : (f1 + other) / 2,
    roc_auc: expectedAuc([...rows].sort((a, b) => a.score - b.score)),
  };
};

/** Where a finite value lies among ascending distinct edges; see `NumericCounts.cells`. */
export interface CellFinder {
  /** Slot of a value is found by arithmetic (`linear`) or from the top bits of its order-preserving key (`key`). */
  readonly by: "linear" | "key";
  readonly edges: Float64Array;
  /** Number of edges below each slot; one entry more than slots. */
  readonly starts: Uint16Array;
  readonly low: number;
  readonly scale: number;
}

const KEY_SLOTS = 65_536;
const LINEAR_SLOTS = 16_384;
const PROBE = new Float64Array(1);
const WORDS = new Uint32Array(PROBE.buffer);

const keySlot = (value: number): number => {
  PROBE[0] = value;
  const high = WORDS[1] as number;
  return high >>> 31 === 1 ? (~high >>> 16) & 0xffff : ((high ^ 0x80000000) >>> 16) & 0xffff;
};

const startsOf = (
  edges: Float64Array,
  slots: number,
  slotOf: (v: number) => number,
): Uint16Array => {
  const starts = new Uint16Array(slots + 1);
  for (const edge of edges) {
    const at = slotOf(edge) + 1;
    starts[at] = (starts[at] as number) + 1;
  }
  for (let i = 1; i <= slots; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number);
  return starts;
};

/** Comparisons that a value takes on average when the edges are quantiles, so that values lie where edges do. */
const costOf = (starts: Uint16Array): number => {
  let cost = 0;
  for (let i = 1; i < starts.length; i++) {
    const inside = (starts[i] as number) - (starts[i - 1] as number);
    cost += inside * Math.log2(1 + inside);
  }
  return cost;
};

/**
 * Prepares the search: a table over equal steps of the range, or over the top 16 bits of the key (heavy tails), whichever leaves fewer
 * comparisons. Both slots rise with the value, so the answer is exact either way.
 */
export const cellFinder = (edges: Float64Array): CellFinder => {
  const keyed = startsOf(edges, KEY_SLOTS, keySlot);
  const key: CellFinder = { by: "key", edges, starts: keyed, low: 0, scale: 0 };
  if (edges.length < 2) return key;
  const low = edges[0] as number;
  const scale = (LINEAR_SLOTS - 1) / ((edges[edges.length - 1] as number) - low);
  if (!Number.isFinite(scale) || scale <= 0) return key;
  const linear = startsOf(edges, LINEAR_SLOTS, (v) =>
    Math.min(LINEAR_SLOTS - 1, Math.floor((v - low) * scale)),
  );
  return costOf(linear) < costOf(keyed) ? { by: "linear", edges, starts: linear, low, scale } : key;
};

/** Slot of any finite value, −0 counted as 0. */
export const slotOf = (finder: CellFinder, value: number): number => {
  if (finder.by === "key") return keySlot(value === 0 ? 0 : value);
  const at = (value - finder.low) * finder.scale;
  return at <= 0 ? 0 : at >= LINEAR_SLOTS - 1 ? LINEAR_SLOTS - 1 : Math.floor(at);
};

/** Cell of a finite value: 2k+1 on edge k, 2k in the open interval below it. */
export const cellOf = (finder: CellFinder, value: number): number => {
  const { edges, starts } = finder;
  const slot = slotOf(finder, value);
  let from = starts[slot] as number;
  let to = starts[slot + 1] as number;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((edges[middle] as number) < value) from = middle + 1;
    else to = middle;
  }
  return from < edges.length && edges[from] === value ? 2 * from + 1 : 2 * from;
};

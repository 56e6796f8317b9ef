const SMALL = 4_096;
const DIGITS = 6;
const BASE = 2_048;

/** The order-preserving form of a double's bits: as unsigned integers, keys sort as the numbers do. */
const toKeys = (values: Float64Array, high: Uint32Array, low: Uint32Array): void => {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let i = 0; i < values.length; i++) {
    const lo = words[2 * i] as number;
    const hi = words[2 * i + 1] as number;
    const negative = hi >>> 31 === 1;
    high[i] = negative ? ~hi : hi ^ 0x80000000;
    low[i] = negative ? ~lo : lo;
  }
};

const fromKeys = (high: Uint32Array, low: Uint32Array, to: Float64Array): void => {
  const words = new Uint32Array(to.buffer, to.byteOffset, to.length * 2);
  for (let i = 0; i < to.length; i++) {
    const hi = high[i] as number;
    const positive = hi >>> 31 === 1;
    words[2 * i + 1] = positive ? hi ^ 0x80000000 : ~hi;
    words[2 * i] = positive ? (low[i] as number) : ~(low[i] as number);
  }
};

const digit = (high: number, low: number, place: number): number => {
  switch (place) {
    case 0:
      return low & 2047;
    case 1:
      return (low >>> 11) & 2047;
    case 2:
      return (low >>> 22) | ((high & 1) << 10);
    case 3:
      return (high >>> 1) & 2047;
    case 4:
      return (high >>> 12) & 2047;
    default:
      return high >>> 23;
  }
};

const histograms = (high: Uint32Array, low: Uint32Array): Uint32Array => {
  const counts = new Uint32Array(DIGITS * BASE);
  for (let i = 0; i < high.length; i++) {
    const hi = high[i] as number;
    const lo = low[i] as number;
    for (let place = 0; place < DIGITS; place++) {
      const at = place * BASE + digit(hi, lo, place);
      counts[at] = (counts[at] as number) + 1;
    }
  }
  return counts;
};

/**
 * Sorts finite doubles ascending, in place: a radix sort on the order-preserving key, six passes of 11 bits, constant digits skipped;
 * about half the time of the built-in sort, which takes over below 4,096 values.
 */
export const sortDoubles = (values: Float64Array): Float64Array => {
  const n = values.length;
  if (n < SMALL) return values.sort();
  let [high, low] = [new Uint32Array(n), new Uint32Array(n)];
  toKeys(values, high, low);
  const counts = histograms(high, low);
  let [nextHigh, nextLow] = [new Uint32Array(n), new Uint32Array(n)];
  for (let place = 0; place < DIGITS; place++) {
    const starts = counts.subarray(place * BASE, (place + 1) * BASE);
    if (starts.some((count) => count === n)) continue;
    let sum = 0;
    for (let at = 0; at < BASE; at++) {
      const count = starts[at] as number;
      starts[at] = sum;
      sum += count;
    }
    for (let i = 0; i < n; i++) {
      const hi = high[i] as number;
      const lo = low[i] as number;
      const at = digit(hi, lo, place);
      const to = starts[at] as number;
      starts[at] = to + 1;
      nextHigh[to] = hi;
      nextLow[to] = lo;
    }
    [high, nextHigh] = [nextHigh, high];
    [low, nextLow] = [nextLow, low];
  }
  fromKeys(high, low, values);
  return values;
};

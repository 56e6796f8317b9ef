const MAX_PRINCIPALS = 10_000;

interface Bucket {
  left: number;
  atMs: number;
}

/** Seconds a principal must wait before its next request; 0: go on. */
export type RateLimit = (principal: string) => number;

/** A bucket per principal that holds half a minute's requests and fills again at `perMinute`. */
export const createRateLimit = (perMinute: number, nowMs: () => number): RateLimit => {
  const buckets = new Map<string, Bucket>();
  const size = Math.max(1, perMinute / 2);
  const perMs = perMinute / 60_000;
  return (principal) => {
    const now = nowMs();
    const bucket = buckets.get(principal) ?? { left: size, atMs: now };
    bucket.left = Math.min(size, bucket.left + (now - bucket.atMs) * perMs);
    bucket.atMs = now;
    if (buckets.size >= MAX_PRINCIPALS && !buckets.has(principal)) buckets.clear();
    buckets.set(principal, bucket);
    if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / perMs / 1000));
    bucket.left -= 1;
    return 0;
  };
};

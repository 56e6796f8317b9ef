import { messageOf } from "../../lib/errors.ts";

/** One figure over time: epoch seconds and value; null where Prometheus says NaN (no traffic). */
export type Series = readonly (readonly [number, number | null])[];

/** What a query gave. `absent`: no such series, which is a dead man and no zero. */
export type Answer =
  | { readonly kind: "series"; readonly values: Series }
  | { readonly kind: "absent" }
  | { readonly kind: "failed"; readonly why: string };

export type Fetch = (url: string) => Promise<{
  readonly ok: boolean;
  readonly status: number;
  readonly json: () => Promise<unknown>;
}>;

interface Body {
  readonly data?: {
    readonly result?: readonly { readonly values?: readonly [number, string][] }[];
  };
}

/** PromQL of a service's latency quantile, request rate and error share, as the generated service names its metrics. */
export const queriesOf = (service: string) => {
  const job = `service="${service.replace(/[^A-Za-z0-9_.:-]/g, "")}"`;
  const latency = (q: number) =>
    `histogram_quantile(${q}, sum by (le) (rate(http_request_duration_seconds_bucket{${job}}[5m])))`;
  const errors = (window: string) =>
    `(sum(rate(http_requests_total{${job},status=~"5.."}[${window}])) or vector(0)) / sum(rate(http_requests_total{${job}}[${window}]))`;
  return {
    p50: latency(0.5),
    p95: latency(0.95),
    p99: latency(0.99),
    rate: `sum(rate(http_requests_total{${job}}[5m]))`,
    errors,
  };
};

/** Asks `query_range` for one series between two instants (epoch milliseconds). Never throws. */
export const queryRange = async (
  fetch: Fetch,
  base: string,
  query: string,
  start: number,
  end: number,
  stepSeconds: number,
): Promise<Answer> => {
  const url = new URL("/api/v1/query_range", base);
  url.searchParams.set("query", query);
  url.searchParams.set("start", String(start / 1000));
  url.searchParams.set("end", String(end / 1000));
  url.searchParams.set("step", String(stepSeconds));
  try {
    const response = await fetch(url.href);
    if (!response.ok) return { kind: "failed", why: `Prometheus answered ${response.status}` };
    const body = (await response.json()) as Body;
    const found = body.data?.result?.[0]?.values;
    if (!found || found.length === 0) return { kind: "absent" };
    const values = found.map(([at, text]): readonly [number, number | null] => {
      const value = Number(text);
      return [at, Number.isFinite(value) ? value : null];
    });
    return { kind: "series", values };
  } catch (error) {
    return { kind: "failed", why: `Prometheus did not answer: ${messageOf(error)}` };
  }
};

/** Pairs of windows whose burn rates must both be too high: the long one says that it matters, the short one that it still goes on. */
export const BURN_PAIRS = [
  { factor: 14.4, long: "1h", short: "5m", page: true },
  { factor: 6, long: "6h", short: "30m", page: true },
  { factor: 1, long: "3d", short: "6h", page: false },
] as const;

/** Error shares over windows, 0..1; null where there was no traffic. */
export type ErrorShares = Readonly<Record<string, number | null>>;

/**
 * How fast an error budget burns: the first pair, fastest first, whose two windows both burn at its factor or faster; null when none does.
 * `budget` is the allowed share, 0..1. Source: Google SRE workbook, ch. 5.
 */
export const burning = (
  shares: ErrorShares,
  budget: number,
): { readonly factor: number; readonly page: boolean; readonly long: string } | null => {
  const over = (window: string, factor: number): boolean => {
    const share = shares[window];
    return share !== null && share !== undefined && share >= factor * budget;
  };
  return (
    BURN_PAIRS.find(({ factor, long, short }) => over(long, factor) && over(short, factor)) ?? null
  );
};

/** The newest value of a series that is a number. */
export const newestValue = (answer: Answer): number | null =>
  answer.kind === "series"
    ? (answer.values.findLast(([, value]) => value !== null)?.[1] ?? null)
    : null;

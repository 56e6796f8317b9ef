import type { Facts } from "../../../spec/facts.ts";
import type { PipelineSpec } from "../../../spec/spec.ts";
import { periodDays } from "./figures.ts";

export interface Partition {
  readonly by: "none" | "year" | "month" | "day";
  readonly field: string | null;
  readonly reason: string;
}

/** Files below this cost more to open than to read; files above the upper bound cannot be pruned. */
export const FILE_BYTES = { min: 8_000_000, max: 512_000_000 } as const;

const DAYS = { year: 365.25, month: 30.4375, day: 1 } as const;

/** The finest split by event time whose mean file stays above the lower bound; refused with figures otherwise. */
export const partitionOf = (facts: Facts): Partition => {
  const { spanDays, field } = facts.time;
  const { bytes } = facts.profile;
  if (field === null || spanDays === null)
    return {
      by: "none",
      field: null,
      reason: `no event time to split by; one file of ${bytes} bytes`,
    };
  const sizes = (["day", "month", "year"] as const).map((by) => ({
    by,
    size: bytes / Math.max(1, spanDays / DAYS[by]),
  }));
  const fit = sizes.find(({ size, by }) => size >= FILE_BYTES.min && spanDays >= DAYS[by]);
  if (fit)
    return {
      by: fit.by,
      field,
      reason: `a file per ${fit.by} has about ${Math.round(fit.size)} bytes, within ${FILE_BYTES.min} to ${FILE_BYTES.max}`,
    };
  const year = Math.round(sizes[2]?.size ?? bytes);
  return {
    by: "none",
    field: null,
    reason: `one file of ${bytes} bytes; a file per year would have about ${year} bytes, under the bound of ${FILE_BYTES.min}`,
  };
};

export interface Retention {
  readonly layer: string;
  readonly path: string;
  readonly days: number;
  readonly reason: string;
}

/** Days per layer from the spec, with the folders that the deletion job looks at. */
export const retentionOf = (facts: Facts, spec: PipelineSpec): readonly Retention[] => {
  const days = spec.retention_days;
  const personal = facts.groups.personal.length;
  const kept =
    personal > 0
      ? `the only layer that holds the ${personal} personal columns`
      : `what was received, ${facts.profile.bytes} bytes to load again from`;
  return [
    { layer: "raw", path: "data/layers/raw/date=*", days: days.raw, reason: kept },
    {
      layer: "processed",
      path: "data/layers/processed/date=*",
      days: days.processed,
      reason: `${facts.profile.rows} rows that can be made again from raw`,
    },
    {
      layer: "feature",
      path: "data/layers/feature/date=*",
      days: days.feature,
      reason: `${facts.features.length} features that can be made again from processed`,
    },
    {
      layer: "quarantine",
      path: "data/layers/quarantine/date=*",
      days: days.processed,
      reason: "long enough to repair a source and load again",
    },
    {
      layer: "predictions",
      path: "predictions/date=*",
      days: days.predictions,
      reason: "labels arrive and drift is compared within this time",
    },
  ];
};

/** List prices of standard object storage. Written down by hand: they are dated and may have changed. */
const PRICES = {
  aws: {
    usd_per_gb_month: 0.023,
    infrequent: 0.0125,
    service: "S3 Standard, us-east-1, first 50 TB",
    source: "https://aws.amazon.com/s3/pricing/",
  },
  azure: {
    usd_per_gb_month: 0.018,
    infrequent: 0.01,
    service: "Blob Storage hot tier, locally redundant, East US, first 50 TB",
    source: "https://azure.microsoft.com/pricing/details/storage/blobs/",
  },
  gcp: {
    usd_per_gb_month: 0.02,
    infrequent: 0.01,
    service: "Cloud Storage Standard, us-central1",
    source: "https://cloud.google.com/storage/pricing",
  },
} as const;
const PRICED_ON = "2025-06";

/** Parquet with zstd never takes more than this share of the text it comes from; measured on the sample by a test. */
const PROCESSED_SHARE = { text: 1, parquet: 1.5 } as const;

interface LayerCost {
  readonly layer: string;
  readonly bytes_now: number;
  readonly bytes_in_12_months: number | "NOT ENOUGH DATA";
  readonly usd_month_now: number | "NOT ENOUGH DATA";
  readonly usd_month_in_12_months: number | "NOT ENOUGH DATA";
}

/** Bytes that lie in a layer after 12 months: what arrives within its days, never more than a year of arrivals plus today. */
const bytesLater = (facts: Facts, now: number, days: number, share: number) => {
  const period = periodDays(facts);
  if (period === null || facts.arrival.meanBytes === null) return "NOT ENOUGH DATA" as const;
  const perDay = (facts.arrival.meanBytes * share) / period;
  const growth = 1 + Math.max(-0.9, facts.arrival.growthPerYear ?? 0) / 2;
  // What lies there today is one snapshot; it stays as long as models need it, whatever the days say.
  return Math.round(now + perDay * growth * Math.min(365, days));
};

const priceOf = (bytes: number | "NOT ENOUGH DATA", price: number | null) =>
  bytes === "NOT ENOUGH DATA" || price === null
    ? ("NOT ENOUGH DATA" as const)
    : Number(((bytes / 1e9) * price).toPrecision(4));

/** cost/storage.yaml: bytes per layer now and in 12 months, times a dated price. No price, no figure. */
export const storageCost = (facts: Facts, spec: PipelineSpec) => {
  const cloud = spec.options.cloud_provider;
  const table = cloud === "multi-cloud" ? null : PRICES[cloud];
  const price = table?.usd_per_gb_month ?? null;
  const share = facts.profile.format === "parquet" ? PROCESSED_SHARE.parquet : PROCESSED_SHARE.text;
  const layers = [
    { layer: "raw", share: 1, days: spec.retention_days.raw },
    { layer: "processed", share, days: spec.retention_days.processed },
    { layer: "feature", share, days: spec.retention_days.feature },
  ].map(({ layer, share: part, days }): LayerCost => {
    const now = Math.round(facts.profile.bytes * part);
    const later = bytesLater(facts, now, days, part);
    return {
      layer,
      bytes_now: now,
      bytes_in_12_months: later,
      usd_month_now: priceOf(now, price),
      usd_month_in_12_months: priceOf(later, price),
    };
  });
  return {
    cloud,
    price: {
      usd_per_gb_month: price,
      infrequent_usd_per_gb_month: table?.infrequent ?? null,
      service: table?.service ?? "NOT ENOUGH DATA: several clouds, no single price",
      source: table?.source ?? null,
      dated: table ? PRICED_ON : null,
      note: "public list price written down on that date, not fetched; check it before you rely on it",
    },
    assumptions: {
      processed_bytes_per_raw_byte: share,
      compression:
        "parquet with zstd; the ratio is an upper bound that tests/data/test_data_storage.py measures",
      gb: 1_000_000_000,
      period: facts.arrival.period,
      mean_bytes_per_period: facts.arrival.meanBytes,
      growth_per_year: facts.arrival.growthPerYear,
      copies: "today's snapshot is kept beside what arrives within the layer's days",
    },
    layers,
    savings: [
      {
        measure: "compression",
        saves: "measured by `make storage`: processed bytes below raw bytes",
      },
      {
        measure: "tier",
        usd_month:
          table === null
            ? "NOT ENOUGH DATA"
            : Number(
                (
                  (facts.profile.bytes / 1e9) *
                  (table.usd_per_gb_month - table.infrequent)
                ).toPrecision(4),
              ),
        saves: "raw bytes in the infrequent tier; they are read once per retraining",
      },
      {
        measure: "clean-up",
        saves: "`make retention` lists what is past its days",
      },
    ],
  };
};

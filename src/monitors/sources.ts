import type { MicroUsd } from "../lib/money.ts";
import type { BlobStore } from "./blobs.ts";
import type { LedgerCall } from "./cost/cost-line.ts";
import type { Usage } from "./cost/waste.ts";
import type { Fetch } from "./performance/prometheus.ts";
import type { DataSource } from "./source/data-source.ts";
import type { Window } from "./window.ts";

/** Where spend is told; each part may be absent. */
export interface CostSources {
  /** FOCUS exports, CSV or Parquet. */
  readonly focus?: DataSource | null;
  /** The answer of OpenCost's allocation API, as parsed JSON. */
  readonly openCost?: unknown;
  /** Model calls, from the engine's one ledger. */
  readonly ledger?: readonly LedgerCall[];
  /** What a calendar month may cost; null: no budget was set. */
  readonly monthBudget?: MicroUsd | null;
  readonly usages?: readonly Usage[];
  readonly unattached?: readonly string[];
  readonly failedRuns?: readonly string[];
}

/** What a Monitor reads, found by whoever runs it; nothing of it is looked up here. */
export interface MonitorSources {
  /** The rows that are watched: the prediction log, a folder of windows, a table. */
  readonly current: DataSource;
  /** What they are compared with; null when there is none yet. */
  readonly reference: DataSource | null;
  /** Labels that came later, by prediction id (performance only). */
  readonly labels?: DataSource | null;
  /** Profiles and counters of earlier runs. Without it everything is counted anew each time. */
  readonly blobs?: BlobStore;
  /** Importance of features in the model, shares 0..1. */
  readonly importance?: Readonly<Record<string, number>>;
  /** Set while the model is measured or estimated to be worse than its band: the words that say so. */
  readonly harm?: string | null;
  /** The metric on the hold-out part, with its interval: what performance is compared with. */
  readonly metric?: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** Labels of a binary target that are positive, where labels come as the source has them and not as 1 and 0. */
  readonly positive?: {
    readonly rule: "equals" | "not_equals";
    readonly labels: readonly string[];
  } | null;
  /** Scored rows with labels from before the release, for calibrating estimates: columns as in the log, labels under `labels.value`. */
  readonly labelled?: DataSource | null;
  /** Asks Prometheus; the caller limits where it may reach. */
  readonly fetch?: Fetch;
  /** What was spent (cost only). */
  readonly costs?: CostSources;
  /** Windows that a person or realised labels confirmed as healthy: a small reference grows by them. */
  readonly confirmed?: readonly Window[];
}

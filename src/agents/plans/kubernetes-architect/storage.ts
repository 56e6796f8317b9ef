import type { Facts } from "../../../spec/facts.ts";
import type { PipelineSpec } from "../../../spec/spec.ts";

const GIB = 2 ** 30;
const DAYS_PER_VERSION = 30;
const MAX_VERSIONS = 12;
/** Raw, processed and feature layer each hold the rows about once. */
const LAYERS = 3;
/** Journal of training runs, tuning study and temporary files. */
const SCRATCH_GIB = 1;
/** Versions in the registry at once: what can still be rolled back to or compared with. */
const KEPT_MODELS = 30;
/** Bytes of one key's row in the online store: a hash field of about 40 bytes per feature and the key itself. */
const FIELD_BYTES = 40;
const KEY_BYTES = 120;

export interface Volumes {
  readonly trainingGi: number;
  readonly trainingFormula: string;
  readonly modelsGi: number;
  readonly modelsFormula: string;
  readonly predictionsGi: number;
  readonly predictionsFormula: string;
}

/** Sizes of the volumes from bytes, growth, kept versions and load, in GiB, each at least 1. Never throws. */
export const volumesOf = (facts: Facts, spec: PipelineSpec): Volumes => {
  const growth = Math.max(0, facts.arrival.growthPerYear ?? 0);
  const versions = Math.min(
    MAX_VERSIONS,
    Math.max(1, Math.ceil(spec.retention_days.raw / DAYS_PER_VERSION)),
  );
  const data = facts.snapshot.bytes * (1 + growth) * versions * LAYERS;
  const rowBytes = Math.ceil(facts.snapshot.bytes / Math.max(1, facts.profile.rows));
  const rowsPerDay =
    spec.options.deployment_mode === "batch"
      ? facts.load.batchRowsPerDay
      : facts.load.rpsMean * 86_400;
  const logged =
    rowsPerDay * rowBytes * spec.retention_days.predictions * spec.prediction_log.sample;
  const gi = (bytes: number): number => Math.max(1, Math.ceil(bytes / GIB));
  return {
    trainingGi: gi(data) + SCRATCH_GIB,
    trainingFormula: `${facts.snapshot.bytes} bytes x ${(1 + growth).toFixed(3)} growth in a year x ${versions} versions x ${LAYERS} layers = ${(data / GIB).toFixed(3)} GiB, up to a whole one, + ${SCRATCH_GIB} for the journal and the study`,
    modelsGi: gi(facts.sizing.modelMb * 1e6 * KEPT_MODELS),
    modelsFormula: `${facts.sizing.modelMb} MB x ${KEPT_MODELS} versions`,
    predictionsGi: gi(logged),
    predictionsFormula: `${Math.round(rowsPerDay)} rows a day x ${rowBytes} bytes x ${spec.retention_days.predictions} days x ${spec.prediction_log.sample} sampled, before compression`,
  };
};

export interface OnlineStore {
  readonly keys: number;
  readonly rowBytes: number;
  readonly memoryMb: number;
  readonly formula: string;
}

/** Memory of the online feature store: keys times row bytes, doubled for fragmentation and the copy on save. Null without an entity key. */
export const onlineStoreOf = (facts: Facts): OnlineStore | null => {
  const entity = facts.keys.entity;
  const columns = facts.profile.columns.filter(
    ({ name, field }) => entity.includes(name) || entity.includes(field),
  );
  if (columns.length === 0) return null;
  const combined = columns.reduce((product, { distinct }) => product * Math.max(1, distinct), 1);
  const keys = Math.min(facts.profile.rows, combined);
  const rowBytes = KEY_BYTES + FIELD_BYTES * facts.features.length;
  return {
    keys,
    rowBytes,
    memoryMb: Math.max(64, Math.ceil((2 * keys * rowBytes) / 1e6 / 64) * 64),
    formula: `2 x ${keys} keys x (${KEY_BYTES} + ${FIELD_BYTES} x ${facts.features.length} features) bytes`,
  };
};

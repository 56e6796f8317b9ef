import type { Loaded } from "../store/port.ts";

/** Where it is kept what a retraining run differs in. */
export const retrainSetting = (runId: string): string => `retrain/${runId}`;

/** The release under which phase 1 of a retraining run passes; null while something differs, or for any other run. */
export const carriedIn = ({ reads, state }: Loaded): string | null => {
  if (state.retrain === null) return null;
  const kept = reads.setting(retrainSetting(state.runId)) as {
    readonly spec_hash?: string;
    readonly differs?: readonly string[];
  } | null;
  return kept?.spec_hash === state.specHash && kept.differs?.length === 0
    ? state.retrain.approvalId
    : null;
};

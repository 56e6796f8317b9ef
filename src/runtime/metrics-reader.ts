import type { Store } from "../store/port.ts";
import type { OperatingFigures } from "./metrics.ts";

const seconds = (ms: number): number => Math.max(0, Math.round(ms / 100) / 10);

/** Counts what `renderMetrics` shows, of one home at one moment. Reads only. */
export const readFigures = async (
  deps: { readonly store: Pick<Store, "figures">; readonly version: string },
  nowMs: number,
): Promise<OperatingFigures> => {
  const counted = await deps.store.figures.read(nowMs);
  return {
    version: deps.version,
    runs: {
      running: counted.runs.running ?? 0,
      paused: counted.runs.paused ?? 0,
      completed: counted.runs.completed ?? 0,
      failed: counted.runs.failed ?? 0,
      cancelled: counted.runs.cancelled ?? 0,
    },
    openApprovals: counted.openApprovals,
    overdueApprovals: counted.overdueApprovals,
    outbox: counted.outbox.map(({ dead, oldestDueAt, target, waiting }) => ({
      target,
      waiting,
      dead,
      lagSeconds: oldestDueAt === null ? 0 : seconds(nowMs - oldestDueAt),
    })),
    attemptsLive: counted.attemptsLive,
    workerBeatSeconds: counted.workerBeatAt === null ? null : seconds(nowMs - counted.workerBeatAt),
    spentMicroUsd: counted.spentMicroUsd,
  };
};

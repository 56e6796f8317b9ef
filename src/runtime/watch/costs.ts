import type { Store } from "../../store/port.ts";

const MAX_CALLS = 20_000;
/** Budgets of the workspace: those of runs end with their run. */
const BUDGETS = ["day", "workspace"];

/** What was spent in a time: the ledger's model calls, and lines of bills. Money in millionths of its currency. */
export interface Costs {
  readonly calls: readonly {
    readonly model: string;
    readonly run: string;
    readonly microUsd: number;
  }[];
  readonly lines: readonly {
    readonly service: string;
    readonly currency: string;
    readonly estimate: boolean;
    readonly effective: number;
  }[];
  readonly budgets: readonly {
    readonly scope: string;
    readonly used: number;
    readonly cap: number | null;
  }[];
}

export interface CostQuery {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly pipeline: string | null;
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Reads costs; a call that a later one corrects counts no more. */
export const createReadCosts =
  ({ ledger, runs, watch }: Pick<Store, "ledger" | "runs" | "watch">) =>
  async ({ pipeline, sinceMs, untilMs }: CostQuery): Promise<Costs> => {
    const calls = await ledger.calls({ sinceMs, limit: MAX_CALLS });
    const names = new Map<string, string>();
    for (const { runId } of calls) {
      if (names.has(runId)) continue;
      const run = await runs.find(runId);
      names.set(runId, run !== null && !("candidates" in run) ? run.name : runId);
    }
    const isOf = (run: string) => pipeline === null || run.replace(/-\d+$/, "") === pipeline;
    const lines = await watch.costs({ fromDay: day(sinceMs), toDay: day(untilMs) });
    const rows = (await Promise.all(BUDGETS.map((prefix) => ledger.list(prefix)))).flat();
    return {
      calls: calls
        .filter((call) => !call.superseded)
        .map(({ microUsd, model, runId }) => ({ model, microUsd, run: names.get(runId) ?? runId }))
        .filter((call) => isOf(call.run)),
      lines: lines.filter((line) => pipeline === null || line.pipeline === pipeline),
      budgets: rows.map(({ cap, held, scope, spent }) => ({ scope, cap, used: spent + held })),
    };
  };

import type { Purse, Refused } from "../../agents/budget.ts";
import { costOf, mostOf, type PriceTable, tokensOf } from "../../agents/prices.ts";
import type { BudgetScope } from "../../engine/command.ts";
import type { RunState } from "../../engine/state.ts";
import type { LedgerRow } from "../../store/rows.ts";
import { type Caps, capsOf, elapsedMs, scopeKey } from "../ledger-scopes.ts";
import type { WorkTools } from "../work/performer.ts";
import { workerActor } from "../worker-actor.ts";

/** Whose money is spent. */
export interface Spender {
  readonly runId: string;
  readonly step: string;
  readonly attemptId: string;
}

const amountIn = (
  scope: BudgetScope,
  most: { readonly microUsd: number; readonly tokens: number },
) => (scope.endsWith(".tokens") ? most.tokens : most.microUsd);

const fullness = (row: LedgerRow | null): number =>
  row === null || row.cap === null ? 0 : row.cap === 0 ? 1 : (row.spent + row.held) / row.cap;

/** Brings the caps of the ledger to what the run and the workspace state; a cap of day or month that people raised stays raised. */
const writeCaps = async (tools: WorkTools, runId: string, caps: Caps): Promise<void> => {
  const { clock, store } = tools;
  for (const { cap, key, raised } of caps) {
    const row = await store.ledger.get(key);
    const stands =
      row !== null &&
      (row.cap === cap || (raised && row.cap !== null && cap !== null && row.cap > cap));
    if (stands) continue;
    const nowMs = clock.nowMs();
    await store.commit(
      {
        runId,
        key: `cap/${key}/${cap}/${nowMs}/${tools.newId()}`,
        payloadHash: "0".repeat(64),
        nowMs,
        actor: workerActor(tools.worker),
      },
      () => ({ events: [], outbox: [], answer: null, ledger: [{ op: "cap", scope: key, cap }] }),
    );
  }
};

/** Hours are of the run's own working time; nothing is held for them. */
const overTime = async (
  tools: WorkTools,
  state: RunState,
  phase: 1 | 2 | 3 | 4,
): Promise<Refused | null> => {
  const attempts = await tools.store.attempts.list(state.runId);
  const nowMs = tools.clock.nowMs();
  for (const level of ["run", "phase"] as const) {
    const cap = state.budget[level].ms;
    if (cap === null) continue;
    const counted =
      level === "run"
        ? attempts
        : attempts.filter(({ step }) => state.steps[step]?.step.phase === phase);
    const spent = elapsedMs(counted, nowMs);
    if (spent >= cap) return { kind: "refused", scope: `${level}.ms`, need: spent, have: cap };
  }
  return null;
};

/** The ledger as the attempt's purse. Every reservation and settlement is durable when it resolves. */
export const createPurse = (tools: WorkTools, spender: Spender, prices: PriceTable): Purse => {
  const { attemptId, runId, step } = spender;
  const { clock, config, store } = tools;
  const places = async () => {
    const state = await store.runs.state(runId);
    const phase = state.steps[step]?.step.phase ?? 1;
    const nowMs = clock.nowMs();
    const { timezone } = config.workspace;
    return {
      state,
      phase,
      caps: capsOf(state, phase, config.budget, nowMs, timezone),
      nowMs,
      timezone,
    };
  };
  return {
    reserve: async (call, { maxTokens, model, prompt }) => {
      const { caps, nowMs, phase, state, timezone } = await places();
      await writeCaps(tools, runId, caps);
      const late = await overTime(tools, state, phase);
      if (late !== null) return late;
      const most = {
        microUsd: mostOf(prices, model, nowMs, { prompt, maxTokens }),
        tokens: prompt + maxTokens,
      };
      const scopes = caps.map(({ scope }) => scope);
      const held = await store.ledger.reserve({
        attemptId,
        call,
        nowMs,
        amounts: scopes.map((scope) => ({
          scope: scopeKey(scope, { runId, phase, nowMs, timezone }),
          amount: amountIn(scope, most),
        })),
      });
      if (held.kind === "held") return held;
      const scope = caps.find(({ key }) => key === held.scope)?.scope ?? held.scope;
      return { ...held, scope };
    },
    settle: async (call, model, bill, outcome) => {
      const cost = bill === null ? null : costOf(prices, bill, clock.nowMs());
      const unpriced = bill !== null && cost === null;
      if (unpriced) tools.log.warn("a model without a price answered", { ...spender, call });
      await tools.settleCall({
        ...spender,
        call,
        model: bill?.[0]?.model ?? model,
        tokens: bill === null ? null : tokensOf(bill),
        microUsd: cost,
        priceVersion: unpriced ? `${prices.version} unpriced` : prices.version,
        outcome,
      });
    },
    share: async () => {
      const { caps } = await places();
      const rows = await Promise.all(caps.map(({ key }) => store.ledger.get(key)));
      return Math.min(1, Math.max(0, ...rows.map(fullness)));
    },
    over: async () => {
      const { caps } = await places();
      await writeCaps(tools, runId, caps);
      for (const { cap, key, scope } of caps) {
        const row = await store.ledger.get(key);
        if (row !== null && cap !== null && row.cap !== null && row.spent + row.held > row.cap)
          return { kind: "refused", scope, need: row.spent + row.held, have: row.cap };
      }
      return null;
    },
  };
};

import type { RunEvent } from "../engine/event.ts";
import type { LedgerWrite, Loaded } from "../store/port.ts";
import { scopeKey } from "./ledger-scopes.ts";

/** What events change in the ledger: a settlement replaces what was held, a raised day or month has its cap there alone. */
export const ledgerOf = (
  loaded: Loaded,
  events: readonly RunEvent[],
  nowMs: number,
  timezone: string,
): readonly LedgerWrite[] =>
  events.flatMap((event): readonly LedgerWrite[] => {
    if (event.type === "BudgetRaised" && /^(day|workspace)\./.test(event.scope)) {
      const place = { runId: loaded.state.runId, phase: 1 as const, nowMs, timezone };
      return [{ op: "cap", scope: scopeKey(event.scope, place), cap: event.to }];
    }
    if (event.type !== "UsageSettled") return [];
    const { input, output, read, write1h, write5m } = event.tokens;
    const tokens = input + output + read + write1h + write5m;
    const { attemptId, call } = event;
    const scopes = loaded.reads.reservations(attemptId).filter((row) => row.call === call);
    const amounts = scopes.map(({ scope }) => ({
      scope,
      amount: scope.endsWith("/tokens") ? tokens : event.microUsd,
    }));
    return [{ op: "settle", attemptId, call, amounts }];
  });

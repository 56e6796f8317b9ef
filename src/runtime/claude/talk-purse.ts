import type { Purse } from "../../agents/budget.ts";
import { costOf, mostOf, type PriceTable } from "../../agents/prices.ts";
import { usd } from "../../lib/money.ts";
import type { LedgerWrite } from "../../store/port.ts";
import type { RuntimeDeps } from "../deps.ts";
import { scopeKey } from "../ledger-scopes.ts";
import { WORKSPACE } from "../people.ts";
import { workerActor } from "../worker-actor.ts";

type Deps = Pick<RuntimeDeps, "store" | "clock" | "config" | "newId" | "log">;

/** Reservations of conversations are told from those of attempts by this. */
const PREFIX = "conversation/";
/** Longer than any message takes: what is still held then was left by a process that died. */
const LEFT_MS = 10 * 60_000;

interface Scope {
  readonly key: string;
  readonly cap: number | null;
  /** Nobody raises it in the ledger, so the configuration's cap stands. */
  readonly fixed: boolean;
}

const scopesOf = ({ clock, config }: Deps): readonly Scope[] => {
  const { timezone } = config.workspace;
  const place = { runId: "", phase: 1 as const, nowMs: clock.nowMs(), timezone };
  const micro = (amount: number | undefined) => (amount === undefined ? null : usd(amount));
  const { conversation, day, workspace } = config.budget;
  const dayKey = scopeKey("day.usd", place);
  return [
    { key: `${PREFIX}${dayKey}`, cap: usd(conversation.usd), fixed: true },
    { key: dayKey, cap: micro(day.usd), fixed: false },
    { key: scopeKey("workspace.usd", place), cap: micro(workspace.usd), fixed: false },
  ];
};

const commitLedger = async (
  deps: Deps,
  key: string,
  ledger: readonly LedgerWrite[],
): Promise<void> => {
  await deps.store.commit(
    {
      runId: WORKSPACE,
      key,
      payloadHash: "0".repeat(64),
      nowMs: deps.clock.nowMs(),
      actor: workerActor("conversation"),
    },
    () => ({ events: [], outbox: [], answer: null, ledger }),
  );
};

const writeCaps = async (deps: Deps, scopes: readonly Scope[]): Promise<void> => {
  for (const { cap, fixed, key } of scopes) {
    const row = await deps.store.ledger.get(key);
    if (row !== null && (row.cap === cap || (!fixed && row.cap !== null))) continue;
    await commitLedger(deps, `cap/${key}/${cap}/${deps.newId()}`, [{ op: "cap", scope: key, cap }]);
  }
};

/** What a process left that died in a conversation counts as spent. */
const settleLeft = async (deps: Deps): Promise<void> => {
  const before = deps.clock.nowMs() - LEFT_MS;
  const held = await deps.store.ledger.held();
  const left = held.filter((row) => row.attemptId.startsWith(PREFIX) && row.at < before);
  for (const { amount, attemptId, call, scope } of left)
    await commitLedger(deps, `left/${attemptId}/${call}/${scope}`, [
      { op: "settle", attemptId, call, amounts: [{ scope, amount }] },
    ]);
};

/** The ledger as one message's purse: a day's money for conversation, within the day and the month of the workspace. */
export const createTalkPurse = (
  deps: Deps,
  message: string,
  prices: PriceTable,
): Pick<Purse, "reserve" | "settle"> & { readonly attemptId: string } => {
  const attemptId = `${PREFIX}${message}`;
  const scopes = scopesOf(deps);
  const most = new Map<string, number>();
  return {
    attemptId,
    reserve: async (call, { maxTokens, model, prompt }) => {
      const nowMs = deps.clock.nowMs();
      await settleLeft(deps);
      await writeCaps(deps, scopes);
      const amount = mostOf(prices, model, nowMs, { prompt, maxTokens });
      most.set(call, amount);
      const amounts = scopes.map(({ key }) => ({ scope: key, amount }));
      return deps.store.ledger.reserve({ attemptId, call, nowMs, amounts });
    },
    settle: async (call, model, bill, outcome) => {
      const cost = bill === null ? null : costOf(prices, bill, deps.clock.nowMs());
      if (bill !== null && cost === null)
        deps.log.warn("a model without a price answered", { model, call });
      const amount = cost ?? most.get(call) ?? 0;
      await commitLedger(deps, `settle/${attemptId}/${call}/${outcome}`, [
        {
          op: "settle",
          attemptId,
          call,
          amounts: scopes.map(({ key }) => ({ scope: key, amount })),
        },
      ]);
    },
  };
};

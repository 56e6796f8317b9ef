/** One capped amount; `cap` null: none stated. Micro-USD, tokens or milliseconds, as the scope says. All are >= 0. */
export interface LedgerEntry {
  readonly scope: string;
  readonly cap: number | null;
  readonly spent: number;
  readonly held: number;
}

/** An amount in one scope. */
export interface ScopedAmount {
  readonly scope: string;
  readonly amount: number;
}

/** The ledger after a reservation, or the first scope that refused: what it would have needed and what is left there. */
export type Reservation =
  | { readonly kind: "held"; readonly ledger: readonly LedgerEntry[] }
  | {
      readonly kind: "refused";
      readonly scope: string;
      readonly need: number;
      readonly have: number;
    };

const amountIn = (amounts: readonly ScopedAmount[], scope: string): number =>
  amounts.filter((one) => one.scope === scope).reduce((sum, one) => sum + one.amount, 0);

/**
 * Holds the amounts in every scope or in none, so that spent + held <= cap after it where it held before. A scope without an
 * entry has no cap. Never throws.
 */
export const reserve = (
  ledger: readonly LedgerEntry[],
  amounts: readonly ScopedAmount[],
): Reservation => {
  const after = ledger.map((entry) => ({
    ...entry,
    held: entry.held + amountIn(amounts, entry.scope),
  }));
  const over = after.find(
    (entry) =>
      entry.cap !== null &&
      amountIn(amounts, entry.scope) > 0 &&
      entry.spent + entry.held > entry.cap,
  );
  if (over === undefined) return { kind: "held", ledger: after };
  const need = amountIn(amounts, over.scope);
  const have = Math.max(0, (over.cap ?? 0) - over.spent - (over.held - need));
  return { kind: "refused", scope: over.scope, need, have };
};

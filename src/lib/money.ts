/** Money is an integer number of micro-USD (1 USD = 1,000,000) everywhere. */
export type MicroUsd = number;

export const MICRO_PER_USD = 1_000_000;

/** USD (may have decimals) to micro-USD, rounded to the nearest. */
export const usd = (amount: number): MicroUsd => Math.round(amount * MICRO_PER_USD);

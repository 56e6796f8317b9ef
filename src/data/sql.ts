/** A quoted SQL identifier; safe for any text. */
export const quoteId = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A quoted SQL text literal; safe for any text. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A result cell: integers of 64 bits and dates arrive as text, doubles as numbers. */
export type Cell = string | number | boolean | null;

/** A cell as a number; null for NULL and for what is not finite. */
export const toNumber = (cell: Cell | undefined): number | null => {
  if (cell === null || cell === undefined || cell === "") return null;
  const value = Number(cell);
  return Number.isFinite(value) ? value : null;
};

/** A cell as a count; 0 for NULL. */
export const toCount = (cell: Cell | undefined): number => toNumber(cell) ?? 0;

/** Ten significant digits: sums of floats over threads differ beyond that, and facts must be the same each time. */
export const stable = (value: number): number =>
  Number.isFinite(value) ? Number(value.toPrecision(10)) : 0;

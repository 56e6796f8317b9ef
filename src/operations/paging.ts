import { UserInputError } from "../lib/errors.ts";

/** Where a page of a list begins; 0 without a cursor. UserInputError INVALID_CURSOR. */
export const offsetOf = (cursor: string | undefined, operation: string): number => {
  if (cursor === undefined) return 0;
  const [, digits] = /^o(\d{1,6})$/.exec(cursor) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new UserInputError("INVALID_CURSOR", "this is no cursor of that list", {
    next: `${operation} without cursor`,
  });
};

/** One page of a whole list, and the cursor of the next where there is more. */
export const pageOf = <T>(
  all: readonly T[],
  offset: number,
  limit: number,
): { readonly items: readonly T[]; readonly next: { readonly next_cursor?: string } } => {
  const end = offset + limit;
  return {
    items: all.slice(offset, end),
    next: end < all.length ? { next_cursor: `o${end}` } : {},
  };
};

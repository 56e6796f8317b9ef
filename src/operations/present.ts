/** The record without its null fields: an answer leaves out what is not there. */
export const present = <T extends Readonly<Record<string, unknown>>>(
  record: T,
): { readonly [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== null && value !== undefined),
  ) as { readonly [K in keyof T]?: NonNullable<T[K]> };

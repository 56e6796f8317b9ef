/** The fields that have a value: what is null or undefined is left out, as optional fields of inputs and outputs want it. */
export const present = <T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], null | undefined> } =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  ) as { [K in keyof T]?: Exclude<T[K], null | undefined> };

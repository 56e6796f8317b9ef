/** A number in 0..1, for jitter; nothing secret is made from it. */
export const random = (): number => Math.random();

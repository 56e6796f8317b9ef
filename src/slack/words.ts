import { isProductError } from "../lib/errors.ts";

/** An error in words for the person who caused it: what happened, what to do, and a reference for a defect of ours. */
export const errorWords = (error: unknown, reference: string): string => {
  if (isProductError(error) && error.kind !== "bug") {
    const next = error.next === undefined ? "" : ` Next: ${error.next}.`;
    return `${error.code}: ${error.message}.${next}`;
  }
  return `Something of ours broke and was logged. Ref ${reference}.`;
};

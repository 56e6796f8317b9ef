import { isProductError } from "../lib/errors.ts";
import { sha256 } from "../lib/hash.ts";

/** A short reference that stands in the answer and in the log, made from what Slack calls the request. */
export const referenceOf = (id: string): string => `E-${sha256(id).slice(0, 6)}`;

/** An error in words for the person who caused it: what happened, what to do, and a reference for a defect of ours. */
export const errorWords = (error: unknown, reference: string): string => {
  if (isProductError(error) && error.kind !== "bug") {
    const got = error.got === undefined ? "" : ` Got: ${error.got}.`;
    const next = error.next === undefined ? "" : ` Next: ${error.next}.`;
    return `${error.code}: ${error.message.replace(/\.$/, "")}.${got}${next} Ref ${reference}.`;
  }
  return `Something of ours broke and was logged. Ref ${reference}. Try again, and tell the owner if it stays.`;
};

import { createHmac } from "node:crypto";
import type { Json } from "./model.ts";

/** JSON text with every sign escaped that a reader could take for markup or for the end of what it stands in. */
export const plainText = (json: string): string =>
  json.replace(
    /[<>&\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202f\u2066-\u2069\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** The same from a value; keys keep their order. */
export const plainJson = (value: Json): string => plainText(JSON.stringify(value));

/**
 * Text that came from data, files or programs, as a model reads it: inside a tag whose id is an HMAC of `of` (a tool call, or the name
 * of a section) under the secret of the conversation, so that nothing inside can close it. `json` holds no `<`.
 */
export const untrusted = (secret: string, of: string, source: string, json: string): string => {
  const id = createHmac("sha256", secret).update(`untrusted/${of}`).digest("hex").slice(0, 16);
  return `<untrusted source="${source}" id="${id}">\n${json}\n</untrusted id="${id}">`;
};

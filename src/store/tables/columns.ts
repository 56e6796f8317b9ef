import { customType } from "drizzle-orm/sqlite-core";
import { canonicalJson } from "../../lib/hash.ts";

/** JSON as text. A JSON null is stored as NULL, so a column that may hold one is not `notNull`. */
export const jsonText = <T>(name: string) =>
  customType<{ data: T; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (text) => JSON.parse(text) as T,
  })(name);

/** Canonical JSON as text: the same value gives the same bytes, so that rows can be compared. No floats. */
export const canonicalText = <T>(name: string) =>
  customType<{ data: T; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => canonicalJson(value),
    fromDriver: (text) => JSON.parse(text) as T,
  })(name);

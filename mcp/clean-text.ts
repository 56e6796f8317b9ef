// A host may show text as it is: nothing in it may move the cursor, hide or reorder characters, or carry letters nobody sees.
const HIDDEN = /[^\P{Cc}\n\t]|\p{Cf}|\p{Zl}|\p{Zp}|\p{Variation_Selector}/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of terminals begin with this character
const ESCAPE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;

/** Text without terminal sequences, control, bidirectional, tag and other invisible characters; lines and tabs stay. */
export const cleanText = (text: string): string => text.replace(ESCAPE, "").replace(HIDDEN, "");

/** A value with every string in it cleaned, keys included. */
export const cleanValue = (value: unknown): unknown => {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [cleanText(key), cleanValue(item)]),
  );
};

/** One line for a message in our own words: cleaned, without line breaks, at most `max` characters. */
export const oneLine = (text: string, max = 600): string => {
  const line = cleanText(text).replace(/\s+/g, " ").trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
};

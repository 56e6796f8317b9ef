import fc from "fast-check";

const NASTY = [
  "<!channel>",
  "<!here|here>",
  "<@U1>",
  "<#C1|general>",
  "<https://evil.example|click>",
  "&lt;!channel&gt;",
  "*bold* _it_ ~no~ `code`",
  "```fence```",
  "\u202Egnp.exe",
  "\u0000\u0007\u001b[31m",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  "العربية עברית",
  "e\u0301\u0302\u0303\u0304\u0305\u0306\u0307",
  "\ud800",
  ":tada: @channel",
  "\n\n\n",
  "",
  " ",
];

/** Text of the worst kinds: mentions, markup, control characters, clusters, halves of surrogates, up to 40,000 characters. */
export const hostileText = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.array(fc.constantFrom(...NASTY), { maxLength: 12 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 400 }),
  fc
    .tuple(
      fc.constantFrom(...NASTY, "x", "<", "&", "`", "👩‍👩‍👧‍👦"),
      fc.constantFrom(500, 5_000, 40_000),
    )
    .map(([piece, length]) =>
      piece === "" ? "" : piece.repeat(Math.ceil(length / piece.length)).slice(0, length),
    ),
);

/** A list of such texts. */
export const hostileList = (maxLength: number) => fc.array(hostileText, { maxLength });

/** Every string of a structure that a person can read, with the kind of text it stands in. */
export const textsIn = (
  value: unknown,
): readonly { readonly kind: string; readonly text: string }[] => {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== "object" || value === null) return [];
  const record = value as Readonly<Record<string, unknown>>;
  const own =
    typeof record.text === "string" ? [{ kind: String(record.type), text: record.text }] : [];
  return [...own, ...Object.values(record).flatMap(textsIn)];
};

/** What would be alive in text that Slack reads as markup; dates and links of our own words are no mentions. */
export const liveIn = (text: string): readonly string[] =>
  text.match(/<(?:!(?!date\^)|[@#])[^>]*>/g) ?? [];

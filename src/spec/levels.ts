/** Verification levels, strongest first: the real tool ran · its SDK or schema accepted · a parser read it · nothing did. */
export const LEVELS = ["executed", "compiled", "parsed", "unverified"] as const;
export type Level = (typeof LEVELS)[number];

/** 3 for executed down to 0 for unverified, so that levels can be compared. */
export const levelRank = (level: Level): number => LEVELS.length - 1 - LEVELS.indexOf(level);

/** The weakest of several levels; `executed` for none, the neutral element. */
export const lowestLevel = (levels: readonly Level[]): Level =>
  levels.reduce<Level>(
    (low, level) => (levelRank(level) < levelRank(low) ? level : low),
    "executed",
  );

const literal = (text: string): string => text.replace(/[.+^${}()|[\]\\?]/g, "\\$&");

/** True when `path` matches the pattern: `*` stands for any text within one segment, `**` for any depth. */
export const matchesGlob = (pattern: string, path: string): boolean => {
  const source = pattern
    .split("**")
    .map((piece) => piece.split("*").map(literal).join("[^/]*"))
    .join(".*");
  return new RegExp(`^${source}$`).test(path);
};

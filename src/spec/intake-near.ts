/** Edits (insert, delete, replace, swap of neighbours) between two words; source: Damerau–Levenshtein, restricted form. */
const distance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, place) => place)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const swap =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? (rows[i - 2]?.[j - 2] ?? 0) + 1
          : Number.POSITIVE_INFINITY;
      row.push(
        Math.min(
          (rows[i - 1]?.[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (rows[i - 1]?.[j - 1] ?? 0) + cost,
          swap,
        ),
      );
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
};

const flat = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

/**
 * Up to three of `known` that a person may have meant by `word`, nearest first: equal but for case and punctuation, one contained
 * in the other (from three characters on), or at most a third of the characters edited. Words are cut at 80 characters. Never throws.
 */
export const nearMatches = (word: string, known: readonly string[]): readonly string[] => {
  const wanted = flat(word).slice(0, 80);
  if (wanted === "") return [];
  return [...new Set(known)]
    .map((name) => {
      const have = flat(name).slice(0, 80);
      const contains =
        Math.min(have.length, wanted.length) >= 3 &&
        (have.includes(wanted) || wanted.includes(have));
      const edits = distance(wanted, have);
      const far = edits > Math.max(1, Math.floor(Math.max(wanted.length, have.length) / 3));
      return { name, score: contains ? Math.min(edits, 2) : edits, far: far && !contains };
    })
    .filter(({ far }) => !far)
    .sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
};

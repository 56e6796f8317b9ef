/** Names that break generated Python when a record, a data frame or a module has them as an attribute. */
const RESERVED = new Set(
  `false none true and as assert async await break class continue def del elif else except finally for from global if import in is
  lambda nonlocal not or pass raise return try while with yield match case type self cls
  abs all any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex copyright credits delattr dict dir
  divmod enumerate eval exec exit filter float format frozenset getattr globals hasattr hash help hex id input int isinstance
  issubclass iter len license list locals map max memoryview min next object oct open ord pow print property quit range repr
  reversed round set setattr slice sorted staticmethod str sum super tuple vars zip
  copy json schema fields construct validate index size shape values columns dtypes count items keys pop get update name rank
  mean median mode std var first last head tail where query join merge drop replace sample plot pipe apply transform style`
    .trim()
    .split(/\s+/),
);
const LONGEST = 63;

const snake = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");

const safe = (name: string, place: number): string => {
  const base = snake(name.slice(0, 2000));
  if (base === "") return `column_${place + 1}`;
  if (/^[0-9]/.test(base) || base.startsWith("model_")) return `c_${base}`.slice(0, LONGEST);
  return (RESERVED.has(base) ? `${base}_value` : base).slice(0, LONGEST);
};

/**
 * One identifier per column name, in order: `^[a-z][a-z0-9_]{0,62}$`, unique, never a Python keyword or builtin, nor an attribute of
 * a data frame or record. Letters without a Latin form are dropped; an empty result is `column_<n>`. Same names, same fields. Never throws.
 */
export const toFields = (names: readonly string[]): readonly string[] => {
  const taken = new Set<string>();
  return names.map((name, place) => {
    const wanted = safe(name, place);
    let field = wanted;
    for (let count = 2; taken.has(field); count++) {
      const suffix = `_${count}`;
      field = wanted.slice(0, LONGEST - suffix.length) + suffix;
    }
    taken.add(field);
    return field;
  });
};

import fc from "fast-check";
import { expect, test } from "vitest";
import { toFields } from "../../src/data/fields.ts";

const PYTHON_WORDS =
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case type".split(
    " ",
  );
const anyName = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(...PYTHON_WORDS, "", "a", "A", "a_2", "x".repeat(200)),
);

test("fields are unique identifiers, as many as there are names", () => {
  fc.assert(
    fc.property(fc.array(anyName, { maxLength: 40 }), (names) => {
      const fields = toFields(names);
      expect(fields).toHaveLength(names.length);
      expect(new Set(fields).size).toBe(names.length);
      for (const field of fields) expect(field).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
    }),
  );
});

test("no field is a Python word, in whatever case the name is written", () => {
  const lower = PYTHON_WORDS.map((word) => word.toLowerCase());
  for (const field of toFields([...PYTHON_WORDS, ...lower])) expect(lower).not.toContain(field);
});

test("the same names give the same fields", () => {
  fc.assert(
    fc.property(fc.array(anyName), (names) => {
      expect(toFields([...names])).toEqual(toFields(names));
    }),
  );
});

test.each([
  ["Cost Total $", "cost_total"],
  ["customerEmail", "customer_email"],
  ["2nd place", "c_2nd_place"],
  ["名前", "column_1"],
  ["../../etc", "etc"],
])("%j becomes %s", (name, field) => {
  expect(toFields([name])).toEqual([field]);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { createVeil } from "../../src/agents/veil.ts";

const veil = (personal: readonly string[], withheld: readonly string[] = []) =>
  createVeil({ personal, withheld, secret: "s" });

test("a personal value is hidden wherever it stands as a whole, whatever its case", () => {
  const { hide } = veil(["Ann.Lee@example.org", "+43 660 123456"]);
  const { hidden, text } = hide("mail ANN.LEE@EXAMPLE.ORG, call +43 660 123456; planning is fine");
  expect(hidden).toBe(2);
  expect(text).not.toMatch(/lee|660/i);
  expect(text).toContain("planning is fine");
});

test("a word that only contains a value stays", () => {
  expect(veil(["Ann"]).hide("planned annually by channel").hidden).toBe(0);
});

test("what was hidden comes back as it was written, and a made-up token is named", () => {
  const { hide, restore } = veil([], ["Kestrel Valley"]);
  const { text } = hide("categories: [Kestrel Valley, other]");
  expect(restore(text)).toEqual({ text: "categories: [Kestrel Valley, other]", unknown: [] });
  expect(restore("x: WITHHELD_0123456789ab").unknown).toEqual(["WITHHELD_0123456789ab"]);
});

test("another secret gives other tokens, the same secret the same", () => {
  const tokens = ["a", "b", "a"].map(
    (secret) => createVeil({ personal: ["Zebulon"], withheld: [], secret }).hide("Zebulon").text,
  );
  expect(tokens[0]).toBe(tokens[2]);
  expect(tokens[0]).not.toBe(tokens[1]);
});

test("no value of five letters or more survives in any text, and restoring gives the text back", () => {
  const values = fc.array(fc.stringMatching(/^[a-z]{5,12}( [a-z]{2,6})?$/), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(
      values,
      fc.array(fc.constantFrom(" ", "\n", "'", ", ", "x=", "(")),
      (known, gaps) => {
        const text = known.map((value, at) => `${gaps[at] ?? " "}${value}`).join(" ");
        const one = veil([], known);
        const hidden = one.hide(text).text;
        const words = new Set(hidden.toLowerCase().split(/[^\p{L}\p{N}_]+/u));
        for (const value of known) if (!value.includes(" ")) expect(words.has(value)).toBe(false);
        expect(one.restore(hidden).text).toBe(text);
      },
    ),
  );
});

test("a long value is found by its beginning", () => {
  const long = `The customer said on the telephone ${"that the bird was large ".repeat(10)}`;
  expect(veil([], [long]).hide(`note: ${long}`).text).not.toContain("customer said");
});

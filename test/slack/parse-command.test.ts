import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCommand } from "../../src/slack/parse-command.ts";
import { hostileText } from "./hostile.ts";

test.each([
  ["", { verb: "help", values: {}, words: [] }],
  ["STATUS birdstrikes-1", { verb: "status", values: {}, words: ["birdstrikes-1"] }],
  [
    "start Data:f.csv TARGET=damage",
    { verb: "start", values: { data: "f.csv", target: "damage" } },
  ],
  ["start goal:“predict the damage”", { values: { goal: "predict the damage" } }],
  ["start target='x'", { values: { target: "'x'" } }],
  ["delegate last <@U123|bob>", { words: ["last", "@U123"] }],
  ["start channel:<#C9|ml>", { values: { channel: "#C9" } }],
  [
    "start data:<https://a.example/d.csv|a.example/d.csv>",
    { values: { data: "https://a.example/d.csv" } },
  ],
  ["show last https://a.example/x", { words: ["last", "https://a.example/x"], values: {} }],
  ["changes last a &lt; b &amp; c", { words: ["last", "a", "<", "b", "&", "c"] }],
  ["rerun last from:2", { words: ["last"], values: { from: "2" } }],
  ["start experiment-tracking:mlflow", { values: { experiment_tracking: "mlflow" } }],
])("%j is understood", (text, wanted) => {
  expect(parseCommand(text)).toMatchObject(wanted);
});

test("anything that can be typed is taken apart without an error", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const { verb, words } = parseCommand(text);
      expect(verb).not.toBe("");
      expect(Array.isArray(words)).toBe(true);
    }),
  );
}, 30_000);

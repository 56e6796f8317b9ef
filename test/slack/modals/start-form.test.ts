import fc from "fast-check";
import { expect, test } from "vitest";
import { notice, withAlert } from "../../../src/slack/modals/form.ts";
import { buildOptions, buildStart, StartState } from "../../../src/slack/modals/start-form.ts";
import { DEFAULT_OPTIONS, OPTION_NAMES, OPTIONS } from "../../../src/spec/options.ts";
import { checkView } from "../../support/fake-slack/blocks/check-view.ts";
import { hostileText } from "../hostile.ts";

const source = fc.constantFrom("known", "upload", "path");

test("the Start form is one that Slack takes, whatever is filled in already", () => {
  fc.assert(
    fc.property(source, hostileText, (from, text) => {
      const state = StartState.parse({ source: from });
      const filled = { goal: text, data: text, target: text, name: text, positive: text };
      expect(checkView(buildStart(state, filled))).toEqual([]);
      expect(checkView(withAlert(buildStart(state, filled), text))).toEqual([]);
      expect(checkView(notice("start", text, text))).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("the Options form offers every value of the catalog and marks the default", () => {
  const view = buildOptions({}, { view: "V1", state: StartState.parse({}) });
  expect(checkView(view)).toEqual([]);
  const shown = JSON.stringify(view);
  for (const name of OPTION_NAMES) {
    expect(shown).toContain(`${DEFAULT_OPTIONS[name]} (default)`);
    for (const value of OPTIONS[name]) expect(shown).toContain(`"value":"${value}"`);
  }
});

test("the way in of the dataset decides which input is shown", () => {
  const inputs = (state: object) =>
    buildStart(StartState.parse(state)).blocks.flatMap((block) => block.block_id ?? []);
  expect(inputs({ source: "known" })).toContain("known");
  expect(inputs({ source: "upload" })).toContain("upload");
  expect(inputs({ source: "path" })).toContain("path");
  expect(inputs({ source: "upload", file: "F1", file_name: "a.csv" })).not.toContain("source");
});

test("where uploads are off, no file is asked for", () => {
  const view = JSON.stringify(buildStart(StartState.parse({ source: "path", uploads: false })));
  expect(view).not.toContain("Upload a file");
});

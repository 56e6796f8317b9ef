import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clean, cut, cutMrkdwn, cutText } from "../../src/slack/escape.ts";
import { hostileText, liveIn } from "./hostile.ts";

const max = fc.integer({ min: 8, max: 3_000 });

describe("cutting", () => {
  test("never exceeds its budget, whatever the text", () => {
    fc.assert(
      fc.property(hostileText, max, (text, most) => {
        for (const write of [cut, cutMrkdwn, cutText])
          expect(write(text, most).length).toBeLessThanOrEqual(most);
      }),
    );
  }, 30_000);

  test("falls between two characters as people see them", () => {
    expect(cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 15)).toBe("👩‍👩‍👧‍👦…");
  });

  test("never leaves half an escape", () => {
    expect(cutMrkdwn("&&&&&&&&&&", 20)).toBe("&amp;&amp;&amp;…");
  });

  test("leaves short text as it is", () => {
    expect(cut("roc_auc 0.79", 60)).toBe("roc_auc 0.79");
    expect(cutMrkdwn("roc_auc 0.79", 60)).toBe("roc_auc 0.79");
  });
});

describe("escaping", () => {
  test("leaves no mention alive", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(liveIn(cutMrkdwn(text, 3_000))).toEqual([]);
        expect(liveIn(cutText(text, 3_000))).toEqual([]);
      }),
    );
  }, 30_000);

  test("takes the format from asterisks at the edge of a word", () => {
    expect(cutMrkdwn("*bold*", 60)).not.toMatch(/^\*bold\*$/);
  });
});

test("nothing that hides or reorders text survives", () => {
  expect(clean("a\u202Eb\u0000c\u{e0041}d\ud800e\tf\ng")).toBe("a b c d e f\ng");
});

import type { Facts } from "../../spec/facts.ts";

type Class = Facts["target"]["classes"][number];
type Positive = NonNullable<Facts["target"]["positive"]>;

/** Labels that say "nothing happened"; compared in lower case without punctuation. */
const NEGATIVE = new Set(
  "none no n false 0 negative normal ok okay good healthy benign absent never inactive unaffected undamaged clean pass passed legit legitimate ham stayed retained nothing no damage no event no fault no failure not fraud nofraud".split(
    " ",
  ),
);
const NEGATIVE_PHRASES = /^(no|not|without|non)[ _-]\w+/;
const POSITIVE = new Set(
  "yes y true 1 positive abnormal bad fail failed failure fault defect defective fraud fraudulent spam churn churned malignant sick ill damaged late delayed default defaulted cancelled canceled attrition left exited".split(
    " ",
  ),
);
const plain = (label: string): string =>
  label
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .trim();

/** True when a label reads as "nothing happened". */
export const readsNegative = (label: string): boolean =>
  NEGATIVE.has(plain(label)) || NEGATIVE_PHRASES.test(plain(label));

/** The goal asks whether something happens, not which kind or how much of it. */
export const asksWhether = (goal: string): boolean =>
  !/\b(which|what) (kind|type|class|category|level|grade|severity|amount|degree|extent)\b|\bhow (much|many|severe|bad|long)\b|\b(severity|multi-?class|amount of)\b/i.test(
    goal,
  );

/**
 * A label that holds at least half of the rows and reads as "nothing happened", while the others name forms of the event: a goal that
 * asks whether it happens then has two classes. Null where there is none or the goal asks which.
 */
export const quietLabel = (classes: readonly Class[], goal: string): string | null => {
  const rows = classes.reduce((sum, { count }) => sum + count, 0);
  const [first] = classes;
  if (!first || classes.length < 3 || first.count < rows / 2) return null;
  return readsNegative(first.label) && asksWhether(goal) ? first.label : null;
};

/** Which of two labels is positive, and why. The rarer one where the words do not tell; of equal counts the later in the alphabet. */
export const choosePositive = (
  classes: readonly Class[],
): { readonly label: string; readonly why: string } => {
  const [a, b] = [...classes].sort((x, y) => x.count - y.count || (x.label < y.label ? 1 : -1));
  const first = a?.label ?? "";
  const second = b?.label ?? "";
  for (const [label, other] of [
    [first, second],
    [second, first],
  ] as const) {
    if (POSITIVE.has(plain(label)) && !POSITIVE.has(plain(other)))
      return { label, why: "its name says that the event happened" };
    if (readsNegative(other) && !readsNegative(label))
      return { label, why: `"${other}" reads as no event` };
  }
  return { label: first, why: "it is the rarer label" };
};

/** `target.positive` of the spec as a rule; a leading "!" means everything else is positive. */
export const parsePositive = (text: string): Positive =>
  text.startsWith("!") && text.length > 1
    ? { rule: "not_equals", labels: [text.slice(1)] }
    : { rule: "equals", labels: [text] };

/** True when the label counts as positive under the rule. */
export const isPositive = ({ rule, labels }: Positive, label: string): boolean =>
  labels.includes(label) === (rule === "equals");

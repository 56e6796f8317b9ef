import type { DraftInput, DraftPlan, PlanRole } from "../draft.ts";
import { faultsOf } from "./python-pro/faults.ts";
import { memoryOf } from "./python-pro/memory.ts";

const rowsOf = (count: number): string => count.toLocaleString("en-US");

const decisionsOf = ({ facts }: DraftInput): DraftPlan["decisions"] => {
  const memory = memoryOf(facts);
  const faults = faultsOf(facts);
  const personal = facts.groups.personal.length;
  return [
    {
      decided:
        "the ML engineer's modules with named errors, whole-or-absent writes, JSON logs and a cache",
      why: "one template per module, so the predictions stay the same; a process killed in mid-write leaves the file before",
    },
    {
      decided: `fold features are cached, at most ${memory.cacheMb} MB`,
      why: `${rowsOf(facts.profile.rows)} rows with ${facts.features.length} features over ${facts.split.folds} folds are computed again in every run otherwise; one changed byte of data, code or settings is another key`,
    },
    {
      decided: `predictions in batches of ${rowsOf(memory.batchRows)} rows`,
      why: `a batch of ${memory.width} coded features takes about ${memory.batchMb} MB, whatever the number of rows`,
    },
    {
      decided: `tests of ${faults.length} faults that this data can have`,
      why: faults.map((fault) => fault.what).join("; "),
    },
    {
      decided:
        personal > 0
          ? `values of ${personal} personal columns are redacted in logs`
          : "e-mail addresses and telephone numbers are redacted in logs",
      why:
        personal > 0
          ? "they were found in the data; e-mail addresses and telephone numbers are also recognised by form"
          : "no personal column was found, and free text may still hold one",
    },
  ];
};

const risksOf = ({ facts }: DraftInput): readonly string[] => [
  "coverage of lines and branches, strict typing and seeded mutants are not measured inside the run: their tools are not in the core environment",
  ...(facts.profile.rows < 1_000
    ? [
        `${rowsOf(facts.profile.rows)} rows: performance ratios of a sample this small mostly measure overhead`,
      ]
    : []),
];

/** Hardening, performance and tests of the training code. The modules themselves are rendered by ml-engineer's plan. */
export const planPythonPro: PlanRole = (input) => ({
  view: { memory: memoryOf(input.facts), faults: faultsOf(input.facts) },
  decisions: decisionsOf(input),
  risks: risksOf(input),
  openQuestions: [
    {
      question: `May \`make test\` take 40 seconds on two cores, with ${rowsOf(input.facts.profile.rows)} rows in the source and a sample beside it?`,
      assumed: "yes; the tests train on the sample with the two fastest candidates",
    },
  ],
  leftOut: [],
});

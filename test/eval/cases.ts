/** What a change left behind: the texts of the phase's files before and after, by path. */
export interface Changed {
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
}

/** A wish for a change as a reviewer writes it, and what code must find afterwards. Null: accepted; else what is missing. */
export interface EvalCase {
  readonly id: string;
  readonly file: string;
  readonly ask: string;
  readonly accept: (changed: Changed) => string | null;
}

const FEATURES = "docs/features.md";

const textIn = ({ after }: Changed, file: string): string => after.get(file) ?? "";

const lineOf = (text: string, line: RegExp): boolean =>
  text.split("\n").some((one) => line.test(one));

/** All must hold; the first that does not is named. */
const all =
  (...needs: readonly (readonly [what: string, holds: (changed: Changed) => boolean])[]) =>
  (changed: Changed): string | null =>
    needs.find(([, holds]) => !holds(changed))?.[0] ?? null;

const keepsOld =
  (file: string) =>
  ({ after, before }: Changed): boolean => {
    const now = new Set((after.get(file) ?? "").split("\n"));
    return (before.get(file) ?? "").split("\n").every((line) => now.has(line));
  };

const onlyChanges =
  (file: string) =>
  ({ after, before }: Changed): boolean =>
    [...before].every(([path, text]) => path === file || after.get(path) === text) &&
    [...after.keys()].every((path) => before.has(path));

const has =
  (file: string, line: RegExp) =>
  (changed: Changed): boolean =>
    lineOf(textIn(changed, file), line);

/** Adds to a document: what stood there stays, nothing else is touched. */
const adds = (id: string, ask: string, line: RegExp, file = FEATURES): EvalCase => ({
  id,
  file,
  ask,
  accept: all(
    [`a line like ${line.source} in ${file}`, has(file, line)],
    [`every line of ${file} as it was`, keepsOld(file)],
    [`no other file changed`, onlyChanges(file)],
  ),
});

/** Ten change requests for the documents of phase 1 of the small blueprints. */
export const CASES: readonly EvalCase[] = [
  adds(
    "limits-section",
    'Add a section with the exact heading "## Known limits" at the end, with at least one sentence below it.',
    /^## Known limits$/,
  ),
  adds(
    "name-the-target",
    'Add a line "Target: " followed by the exact name of the target column.',
    /^Target: Effect Amount of damage$/,
  ),
  adds(
    "leaks-in-words",
    "Say in a sentence of its own that Cost Repair is left out because it leaks the target.",
    /Cost Repair.*leak/i,
  ),
  adds("owner-line", 'Add the line "Owner: to be named".', /^Owner: to be named$/),
  adds("review-date", 'Add the line "Review: every 90 days".', /^Review: every 90 days$/),
  adds(
    "question-list",
    'Add a list with the heading "## Open questions" and at least one item that begins with "- " and ends with a question mark.',
    /^- .*\?$/,
  ),
  adds(
    "table-of-excluded",
    "Add a Markdown table with the columns Column and Reason that lists what was left out.",
    /^\| *Column *\| *Reason *\|$/,
  ),
  adds(
    "split-note",
    'Add a line that begins with "Split: " and says in words by which column or at random the hold-out was chosen.',
    /^Split: .{5,}$/,
  ),
  {
    id: "better-title",
    file: FEATURES,
    ask: 'Change the title (the first line) to exactly "# Features, reviewed" and nothing else in the file.',
    accept: all(
      [
        "the title # Features, reviewed",
        (changed) => textIn(changed, FEATURES).startsWith("# Features, reviewed\n"),
      ],
      [
        "the lines below the title as they were",
        ({ after, before }) =>
          (after.get(FEATURES) ?? "").split("\n").slice(1).join("\n") ===
          (before.get(FEATURES) ?? "").split("\n").slice(1).join("\n"),
      ],
      ["no other file changed", onlyChanges(FEATURES)],
    ),
  },
  {
    id: "leave-the-row-count",
    file: FEATURES,
    ask: 'Add "Rows were counted once, when the run started." right below the line with the number of rows; do not change the number.',
    accept: all(
      [
        "the sentence right below the number of rows",
        (changed) =>
          /^rows \d+\n+Rows were counted once, when the run started\.$/m.test(
            textIn(changed, FEATURES),
          ),
      ],
      [`every line of ${FEATURES} as it was`, keepsOld(FEATURES)],
      ["no other file changed", onlyChanges(FEATURES)],
    ),
  },
];

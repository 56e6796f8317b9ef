import { type Assertion, type PythonTest, readTests } from "../checks/python-tests.ts";
import type { Finding } from "../checks/types.ts";

const RULE = "weaker-than-draft";
type Texts = ReadonlyMap<string, string>;

const isTestFile = (path: string): boolean =>
  path.endsWith(".py") &&
  (path.startsWith("tests/") || /(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest)\.py$/.test(path));

const block = (file: string, line: number | null, message: string): Finding => ({
  rule: RULE,
  severity: "block",
  file,
  line,
  message,
});

/** Whether the new assertion lets more through than that of the draft: by its bound, or because a condition may keep it from running. */
const looser = (draft: Assertion, now: Assertion): boolean =>
  now.guards > draft.guards ||
  draft.bounds.some(({ of, upper, value }) => {
    const same = now.bounds.filter((one) => one.of === of && one.upper === upper);
    return same.length > 0 && same.every((one) => (upper ? one.value > value : one.value < value));
  });

/** Pairs each assertion of the draft with one of the new test: unchanged first, then of the same shape. */
const unmatched = (draft: PythonTest, now: PythonTest) => {
  const left = [...now.assertions];
  const take = (fits: (one: Assertion) => boolean): Assertion | undefined => {
    const at = left.findIndex(fits);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const changed = draft.assertions.filter(
    ({ guards, text }) => take((one) => one.text === text && one.guards <= guards) === undefined,
  );
  const gone: Assertion[] = [];
  const loosened: Assertion[] = [];
  for (const assertion of changed) {
    const partner = take(({ shape }) => shape === assertion.shape);
    if (partner === undefined) gone.push(assertion);
    else if (looser(assertion, partner)) loosened.push(partner);
  }
  return { gone, loosened };
};

const added = (draft: readonly string[], now: readonly string[]): readonly string[] =>
  now.filter(
    (one) =>
      now.filter((other) => other === one).length > draft.filter((other) => other === one).length,
  );

const compareTest = (file: string, draft: PythonTest, now: PythonTest): readonly Finding[] => {
  const { gone, loosened } = unmatched(draft, now);
  const skips = added(draft.skips, now.skips);
  return [
    ...gone.map(({ text }) =>
      block(
        file,
        now.line,
        `${now.name} no longer asserts ${text.slice(0, 120)}: put it back; add assertions, do not replace them`,
      ),
    ),
    ...loosened.map(({ line, text }) =>
      block(
        file,
        line,
        `${now.name} lets more through than the draft: ${text.slice(0, 120)}. Keep the draft's bound or a tighter one, under no further condition`,
      ),
    ),
    ...skips
      .slice(0, 1)
      .map((what) =>
        block(file, now.line, `${now.name} may not run to its end: ${what}. Take that out`),
      ),
    ...(now.cases < draft.cases
      ? [
          block(
            file,
            now.line,
            `${now.name} has ${now.cases} cases, the draft has ${draft.cases}: keep them all`,
          ),
        ]
      : []),
  ];
};

const testsOf = (texts: Texts) =>
  [...texts]
    .filter(([path]) => isTestFile(path))
    .flatMap(([file, text]) => readTests(text).tests.map((test) => ({ file, test })));

/**
 * Tests and assertions of the draft that are gone, skipped or loosened. A test may move to another file under its name; a value that is
 * compared for equality may change, a bound may only get tighter.
 */
export const weakenedTests = (draft: Texts, now: Texts): readonly Finding[] => {
  const present = testsOf(now);
  const findings = testsOf(draft).flatMap(({ file, test }): readonly Finding[] => {
    const named = present.filter((one) => one.test.name === test.name);
    const found = named.find((one) => one.file === file) ?? named[0];
    return found === undefined
      ? [block(file, null, `the test ${test.name} of the draft is gone: put it back`)]
      : compareTest(found.file, test, found.test);
  });
  const files = [...now].filter(([path]) => isTestFile(path));
  // A new file may skip itself: no test of the draft stands in it. A conftest concerns the others.
  const concerned = files.filter(([file]) => draft.has(file) || file.endsWith("conftest.py"));
  const skips = concerned.flatMap(([file, text]) => {
    const before = readTests(draft.get(file) ?? "").skips;
    return readTests(text)
      .skips.filter((what) => !before.includes(what))
      .map((what) => block(file, null, `${what}: tests of the draft would not run. Take that out`));
  });
  // Two functions of one name: only the last one runs.
  const doubled = files.flatMap(([file, text]) => {
    const names = readTests(text).tests.map(({ name }) => name);
    const twice = names.filter((name, at) => names.indexOf(name) !== at);
    return [...new Set(twice)].map((name) =>
      block(file, null, `${name} is there twice, and only the last one would run`),
    );
  });
  return [...findings, ...skips, ...doubled];
};

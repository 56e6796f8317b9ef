import type { Reporter, TestModule } from "vitest/node";

const statesOf = (module: TestModule): readonly string[] => {
  const states = [...module.children.allTests()].map((test) => test.result().state);
  // A file that cannot even be loaded has no tests, and must count all the same.
  return states.length === 0 && !module.ok() ? ["failed"] : states;
};

/** Ends a test run with one plain line that a script can read: "N passed, N failed". */
export const countReporter: Reporter = {
  onTestRunEnd: (modules, errors) => {
    const states = modules.flatMap(statesOf);
    const passed = states.filter((state) => state === "passed").length;
    const failed = states.filter((state) => state === "failed").length + errors.length;
    // After the default reporter's own summary, which is printed in the same turn.
    setImmediate(() => process.stdout.write(`${passed} passed, ${failed} failed\n`));
  },
};

import { defineConfig } from "vitest/config";
import { countReporter } from "./test/support/count-reporter.ts";

// Whole conversations between processes: each takes many seconds, so they do not hold up `npm test`.
export default defineConfig({
  test: {
    globalSetup: ["test/support/build-harness.ts"],
    include: ["test/e2e/**/*.test.ts", "test/eval/**/*.test.ts"],
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    reporters: ["default", countReporter],
  },
});

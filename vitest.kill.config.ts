import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { countReporter } from "./test/support/count-reporter.ts";

export default defineConfig({
  test: {
    globalSetup: ["test/support/build-harness.ts"],
    include: ["test/kill/**/*.test.ts"],
    testTimeout: 120_000,
    fileParallelism: false,
    // Each test waits for processes of its own in a home of its own.
    sequence: { concurrent: true },
    maxConcurrency: availableParallelism(),
    reporters: ["default", countReporter],
  },
});

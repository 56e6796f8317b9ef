import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { countReporter } from "./test/support/count-reporter.ts";

export default defineConfig({
  test: {
    globalSetup: ["test/support/build-harness.ts"],
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "test/kill/**", "test/e2e/**", "test/eval/**"],
    isolate: false,
    // Vitest leaves one processor free; here much of the work is done by processes that a test waits for.
    maxWorkers: availableParallelism() + 1,
    sequence: { shuffle: true },
    testTimeout: 20_000,
    reporters: ["default", countReporter],
  },
});

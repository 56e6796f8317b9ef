import { defineConfig } from "vitest/config";
import { countReporter } from "./test/support/count-reporter.ts";

export default defineConfig({
  test: {
    globalSetup: ["test/support/build-harness.ts"],
    include: ["test/kill/**/*.test.ts"],
    testTimeout: 120_000,
    fileParallelism: false,
    reporters: ["default", countReporter],
  },
});

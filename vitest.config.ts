import { defineConfig } from "vitest/config";
import { countReporter } from "./test/support/count-reporter.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/kill/**"],
    isolate: false,
    sequence: { shuffle: true },
    testTimeout: 20_000,
    reporters: ["default", countReporter],
  },
});

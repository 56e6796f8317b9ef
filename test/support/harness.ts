import { join } from "node:path";

const compiled = (...path: readonly string[]): string =>
  join(process.cwd(), ".harness", "test", ...path);

/** Programs that tests start with `process.execPath`, compiled by `build-harness.ts`. */
export const CLI_HARNESS = compiled("support", "cli-harness.js");
export const KILL_CHILD = compiled("kill", "child.js");
export const STORE_CHILD = compiled("store", "child.js");

import { execFileSync } from "node:child_process";
import { join } from "node:path";

/**
 * Compiles what tests start as processes of their own, once before the first test: a process that has to translate TypeScript needs
 * two seconds to start, and the tests start some two hundred.
 */
export const setup = (): void => {
  const tsc = join(process.cwd(), "node_modules", ".bin", "tsc");
  execFileSync(tsc, ["-p", "tsconfig.harness.json"], { stdio: "inherit" });
};

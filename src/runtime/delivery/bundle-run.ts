import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UserInputError } from "../../lib/errors.ts";
import { writeBundle } from "../../repo/bundle.ts";
import { openRepository } from "../../repo/repository.ts";
import type { RuntimeDeps } from "../deps.ts";
import { readRunInput } from "../documents.ts";

/**
 * Writes the branch and tags of one run as a git bundle: to `file`, else to `<run>.bundle` in the working folder. UserInputError
 * RUN_NOT_FOUND, NOTHING_APPROVED, FILE_EXISTS.
 */
export const bundleRun = async (
  deps: RuntimeDeps,
  ref: string,
  file: string | undefined,
): Promise<{
  readonly file: string;
  readonly commit: string;
  readonly tags: readonly string[];
}> => {
  const run = await deps.store.runs.find(ref);
  if (run === null || "candidates" in run)
    throw new UserInputError("RUN_NOT_FOUND", `no run is called "${ref}"`, {
      next: "mlpipeline runs",
    });
  const target = resolve(file ?? `${run.name}.bundle`);
  if (existsSync(target))
    throw new UserInputError("FILE_EXISTS", `${target} is there already`, {
      next: "give another name",
    });
  const { spec } = await readRunInput(deps.blobs, run.specHash);
  const branch = `run/${run.number}`;
  const repository = await openRepository(deps.git, deps.home.repo(spec.pipeline.name));
  if ((await repository.head(branch)) === null)
    throw new UserInputError("NOTHING_APPROVED", `${run.name} has no approved phase yet`, {
      next: `mlpipeline status ${run.name}`,
    });
  return { file: target, ...(await writeBundle(deps.git, repository.dir, branch, target)) };
};

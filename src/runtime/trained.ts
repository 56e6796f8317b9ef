import { cp, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

// What `make train` writes and git ignores; the model that people own must be there without training again.
const MADE = ["artifacts", "models", "tracking/runs", "mlruns"];

const copyMade = async (from: string, to: string): Promise<void> => {
  for (const folder of MADE) {
    await cp(join(from, folder), join(to, folder), { recursive: true, force: true }).catch(
      (error: unknown) => {
        if ((error as { readonly code?: unknown }).code !== "ENOENT") throw error;
      },
    );
  }
};

/** Keeps what was trained in `dir`; replaces what an earlier training of the run left. */
export const keepTrained = async (kept: string, dir: string): Promise<void> => {
  const fresh = `${kept}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await copyMade(dir, fresh);
  await rm(kept, { recursive: true, force: true });
  await rename(fresh, kept);
};

/** Lays what was trained beside the committed files of the repository. Nothing happens where nothing was trained. */
export const layTrained = (kept: string, repository: string): Promise<void> =>
  copyMade(kept, repository);

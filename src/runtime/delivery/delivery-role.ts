import { setTimeout } from "node:timers/promises";
import { type FileLock, takeFileLock } from "../../store/file-lock.ts";
import type { RuntimeDeps } from "../deps.ts";

const AGAIN_MS = 1_000;

type RoleDeps = Pick<RuntimeDeps, "home" | "store" | "log">;

// Holding the lock proves that whoever had it is dead or has given it up, so nobody waits for their leases.
const takeOver = async ({ log, store }: RoleDeps, target: string): Promise<void> => {
  const rows = await store.outbox.takeOver(target);
  const payloads = await store.inbox.takeOver(target);
  if (rows + payloads > 0) log.info("took over from another process", { target, rows, payloads });
};

/**
 * The role of the one process that delivers to a target: waits until it has the lock, looking each second, then takes over what
 * another process left behind. Null when the signal aborts before. The operating system drops the lock with the process.
 */
export const takeDeliveryRole = async (
  deps: RoleDeps,
  target: string,
  stop: AbortSignal,
): Promise<FileLock | null> => {
  while (!stop.aborted) {
    const lock = takeFileLock(deps.home.deliveryLock(target), 0);
    if (lock) {
      await takeOver(deps, target);
      return lock;
    }
    await setTimeout(AGAIN_MS, undefined, { signal: stop, ref: false }).catch(() => {});
  }
  return null;
};

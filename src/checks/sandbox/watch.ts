import { access, readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Watch } from "./run-process.ts";

// The program inside waits for the first look, so looking for it is quick.
const FIND_EVERY_MS = 4;
// Short enough that a fork bomb is stopped while the machine still answers, long enough to cost nothing.
const LOOK_EVERY_MS = 20;
const PAGE_KB = 4;

const readNumber = (text: string, index: number): number => Number(text.split(" ")[index] ?? 0);

/** The host's number of the first process inside: the child of the process we started. Null while there is none. */
const findInit = async (parent: number): Promise<number | null> => {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, "utf8").catch(
    () => null,
  );
  if (children === null) return findByParent(parent);
  return Number(children.trim().split(" ")[0]) || null;
};

/** The same where the kernel keeps no list of children: every process of the machine is looked at. */
const findByParent = async (parent: number): Promise<number | null> => {
  for (const name of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    // The program's name stands in brackets and may hold spaces; the parent is the second field after it.
    if (readNumber(stat.slice(stat.lastIndexOf(")") + 2), 1) === parent) return Number(name);
  }
  return null;
};

const processes = async (proc: string): Promise<readonly string[]> =>
  (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));

/** Resident memory in MiB of the named processes together. */
const memoryMbOf = async (proc: string, names: readonly string[]): Promise<number> => {
  const pages = await Promise.all(
    names.map(async (name) => {
      const statm = await readFile(`${proc}/${name}/statm`, "utf8").catch(() => "");
      // Shared pages (the interpreter's files) are counted once per process by the kernel and so left out.
      return Math.max(0, readNumber(statm, 1) - readNumber(statm, 2));
    }),
  );
  return (pages.reduce((sum, one) => sum + one, 0) * PAGE_KB) / 1024;
};

/** The host's path of /proc as it is inside; null until the first process has entered its root. */
const insideOf = async (child: number): Promise<string | null> => {
  const init = await findInit(child);
  if (init === null) return null;
  const entered = await access(`/proc/${init}/root/etc/sandbox`).then(
    () => true,
    () => false,
  );
  return entered ? `/proc/${init}/root/proc` : null;
};

/**
 * Looks at a running sandbox from outside until `signal`, and calls `stop` once when all its processes together pass the
 * limit of memory or processes. Limits per process are the kernel's; this holds the sum. `child` is the process we started;
 * the program inside waits until `found` is called, so that nothing of it runs unseen.
 */
export const watchSandbox: Watch = async (child, limits, stop, signal, found) => {
  let proc: string | null = null;
  while (!signal.aborted) {
    const waitMs = proc === null ? FIND_EVERY_MS : LOOK_EVERY_MS;
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (proc === null) {
      proc = await insideOf(child);
      if (proc !== null) found();
      continue;
    }
    const names = await processes(proc);
    if (names.length > limits.processes) return stop("processes");
    if ((await memoryMbOf(proc, names)) > limits.memoryMb) return stop("memory");
  }
};

import { setTimeout } from "node:timers/promises";
import type { Log } from "../lib/log.ts";

const GRACE_MS = 8_000;
const ROLE_RETRY_MS = 1_000;

/** The worker role, or who has it. */
type TakenRole =
  | { readonly held: true; readonly beat: () => void; readonly release: () => void }
  | { readonly held: false; readonly who: string };

/** What is done by whoever has the role, and by nobody else. */
export interface RoleWork {
  /** Settles what another process left behind; called once after the role was taken. */
  readonly takeOver: () => Promise<void>;
  /** Works until the signal aborts, then ends what it holds. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export interface HoldRoleDeps {
  readonly takeRole: (owner: string) => TakenRole;
  readonly createWork: (name: string, stop: AbortSignal) => readonly RoleWork[];
  readonly kill: (name: string) => void;
  readonly log: Log;
  /**
   * False while another worker gives signs of life: then nobody asks for the role, because asking holds this process up for a
   * moment, which a surface that answers in milliseconds cannot afford. Default: always ask.
   */
  readonly isFree?: () => Promise<boolean>;
}

const stopped = (stop: AbortSignal, graceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const wait = () => void setTimeout(graceMs, undefined, { ref: false }).then(resolve);
    stop.addEventListener("abort", wait, { once: true });
  });

const workOnce = async (
  { createWork, kill }: HoldRoleDeps,
  role: TakenRole & { readonly held: true },
  name: string,
  stop: AbortSignal,
): Promise<void> => {
  const beat = setInterval(role.beat, 1_000);
  try {
    const works = createWork(name, stop);
    for (const work of works) await work.takeOver();
    const running = Promise.all(works.map((work) => work.run(stop)));
    await Promise.race([running, stopped(stop, GRACE_MS)]);
  } finally {
    kill("shutdown.releasing");
    clearInterval(beat);
    role.release();
  }
};

const rest = (stop: AbortSignal): Promise<void> =>
  setTimeout(ROLE_RETRY_MS, undefined, { signal: stop }).catch(() => {});

/** Works while this process has the role; takes it as soon as whoever has it is gone. Says which, once. */
export const holdRole = async (
  deps: HoldRoleDeps,
  name: string,
  stop: AbortSignal,
): Promise<void> => {
  let told = "";
  const tell = (who: string) => {
    if (who !== told) deps.log.info("waiting for the worker role", { held_by: who });
    told = who;
  };
  while (!stop.aborted) {
    if (deps.isFree !== undefined && !(await deps.isFree())) {
      tell("another process that gives signs of life");
      await rest(stop);
      continue;
    }
    const role = deps.takeRole(name);
    if (role.held) {
      deps.log.info("took the worker role", { as: name });
      await workOnce(deps, role, name, stop);
      continue;
    }
    tell(role.who.replace(/, last beat.*/, ""));
    await rest(stop);
  }
};

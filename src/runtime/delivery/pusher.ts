import { messageOf } from "../../lib/errors.ts";
import { deliverDue } from "../deliver.ts";
import type { RuntimeDeps } from "../deps.ts";
import { createGitDeliver } from "./deliver-git.ts";
import { GIT_TARGET } from "./git-outbox.ts";

/** Delivers to git beside the worker's other work, one round at a time. */
export interface Pusher {
  /** Starts a round unless one is under way; `onPushed` is called when it did something. */
  readonly push: (onPushed: () => void) => void;
  /** Waits for the round under way, then makes a last one, until the signal aborts. */
  readonly finish: (signal: AbortSignal) => Promise<void>;
}

/** Makes the pusher of a worker; `stop` aborts the round under way. */
export const createPusher = (deps: RuntimeDeps, stop: AbortSignal): Pusher => {
  let round: Promise<void> | null = null;
  const deliver = (signal: AbortSignal) =>
    deliverDue(deps, GIT_TARGET, createGitDeliver(deps, signal)).catch((error: unknown) => {
      deps.log.error("what is due for git could not be read", { error: messageOf(error) });
      return 0;
    });
  return {
    push: (onPushed) => {
      round ??= deliver(stop).then((tried) => {
        round = null;
        if (tried > 0) onPushed();
      });
    },
    finish: async (signal) => {
      await round;
      await deliver(signal);
    },
  };
};

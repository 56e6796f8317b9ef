import { messageOf } from "../../lib/errors.ts";
import { deliverDue } from "../deliver.ts";
import type { RuntimeDeps } from "../deps.ts";
import { createGitDeliver } from "./deliver-git.ts";
import { GIT_TARGET } from "./git-outbox.ts";

/** What was approved last may still wait when the worker stops, and nobody else may be there to push it. */
const LAST_PUSH_MS = 20_000;

/** Delivers to git beside the worker's other work, one round at a time. */
export interface Pusher {
  /** Starts a round unless one is under way; `onPushed` is called when it did something. */
  readonly push: (onPushed: () => void) => void;
  /** Waits for the round under way, then makes a last one. */
  readonly finish: () => Promise<void>;
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
    finish: async () => {
      await round;
      await deliver(AbortSignal.timeout(LAST_PUSH_MS));
    },
  };
};

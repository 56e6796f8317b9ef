import type { Actor } from "../engine/command.ts";

/** The actor of what the worker does by itself. */
export const workerActor = (worker: string): Actor => ({
  person: null,
  via: "worker",
  ref: worker,
  model: false,
});

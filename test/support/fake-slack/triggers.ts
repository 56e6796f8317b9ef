import type { Clock } from "./clock.ts";

const TRIGGER_MS = 3_000;

/** A right to open one view, given with an interaction. */
export interface Trigger {
  readonly user: string;
  readonly team: string;
  /** The view in which the interaction happened; only such a trigger can push. */
  readonly viewId: string | null;
  /** The channel in which it happened. */
  readonly channel?: string | null;
}

export interface Triggers {
  readonly create: (trigger: Trigger) => string;
  /** Uses a trigger up, or gives the error code. */
  readonly use: (id: string) => Trigger | string;
}

/** Triggers live three seconds and work once. */
export const createTriggers = (clock: Clock, newId: (prefix: string) => string): Triggers => {
  const known = new Map<string, Trigger & { readonly atMs: number; used: boolean }>();
  return {
    create: (trigger) => {
      const id = newId("trigger.");
      known.set(id, { ...trigger, atMs: clock.nowMs(), used: false });
      return id;
    },
    use: (id) => {
      const trigger = known.get(id);
      if (!trigger) return "invalid_trigger_id";
      if (trigger.used) return "exchanged_trigger_id";
      if (clock.nowMs() - trigger.atMs > TRIGGER_MS) return "expired_trigger_id";
      trigger.used = true;
      return trigger;
    },
  };
};

import { BugError } from "../lib/errors.ts";
import type { Command } from "./command.ts";
import type { Context, Rejection, RejectionCode } from "./context.ts";
import type { RunEvent } from "./event.ts";
import { evolve } from "./evolve.ts";
import type { RunState } from "./state.ts";

/** A decision in the making: the events so far and the state they lead to. Lives only while one command is decided. */
export interface Draft {
  readonly command: Command;
  readonly context: Context;
  readonly state: () => RunState;
  readonly emit: (event: RunEvent) => void;
  readonly events: () => readonly RunEvent[];
  /** A fresh id from the command's envelope. */
  readonly nextId: () => string;
}

export const createDraft = (start: RunState, command: Command, context: Context): Draft => {
  let state = start;
  const events: RunEvent[] = [];
  const ids = [...command.ids];
  return {
    command,
    context,
    state: () => state,
    events: () => events,
    emit: (event) => {
      state = evolve(state, event, { at: command.nowMs, seq: state.seq + 1, actor: command.actor });
      events.push(event);
    },
    nextId: () => {
      const id = ids.shift();
      if (id === undefined)
        throw new BugError("OUT_OF_IDS", `${command.body.type} needs more ids than it was given`);
      return id;
    },
  };
};

export const reject = (
  code: RejectionCode,
  message: string,
  valid: readonly string[] = [],
): Rejection => ({
  code,
  message,
  valid,
});

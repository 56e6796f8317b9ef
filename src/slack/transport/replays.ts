import { UserInputError } from "../../lib/errors.ts";
import type { SlackPort } from "../port.ts";
import { messageOf, type Payload } from "./payload.ts";

/** Which triggers belong to payloads that are being finished after a crash: their modals can no longer be opened. */
export interface Replays {
  readonly during: (body: Payload, on: boolean) => Promise<void>;
  /** What the person reads instead of the modal. */
  readonly gone: (trigger: string) => UserInputError;
}

/** `permalink` is asked for the message whose button was pressed, so that the words can lead back to it. */
export const createReplays = (permalink: SlackPort["permalink"]): Replays => {
  const links = new Map<string, string | null>();
  return {
    during: async (body, on) => {
      const trigger = String(body.trigger_id ?? "");
      if (!on) {
        links.delete(trigger);
        return;
      }
      const message = messageOf(body);
      links.set(trigger, message === null ? null : await permalink(message));
    },
    gone: (trigger) => {
      const link = links.get(trigger);
      const words = links.has(trigger) ? "I was restarting" : "Slack closed the window too early";
      return new UserInputError("PRESS_AGAIN", words, {
        next: link ? `press again: ${link}` : "press again",
      });
    },
  };
};

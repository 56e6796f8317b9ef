import { messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";

/** An acknowledgement that is given once and never throws. */
export interface Acknowledgement {
  readonly give: (response?: unknown) => Promise<void>;
  readonly given: () => boolean;
  /** What it was given with; undefined for nothing. */
  readonly response: () => unknown;
}

/**
 * Slack's `ack` throws on a lost socket, and a second one throws in HTTP: the work stands either way, so both are logged and
 * nothing more. Null: there is nobody to acknowledge to any more (a payload finished after a restart).
 */
export const acknowledgeOnce = (
  ack: ((response?: never) => Promise<void>) | null,
  log: Log,
): Acknowledgement => {
  const state: { given: boolean; response: unknown } = { given: false, response: undefined };
  return {
    given: () => state.given,
    response: () => state.response,
    give: async (response) => {
      if (state.given) {
        log.warn("a payload was acknowledged twice");
        return;
      }
      state.given = true;
      state.response = response;
      await ack?.(response as never).catch((error: unknown) =>
        log.warn("an acknowledgement was lost", { error: messageOf(error) }),
      );
    },
  };
};

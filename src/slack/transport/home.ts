import { sha256 } from "../../lib/hash.ts";
import type { SlackPort } from "../port.ts";
import { type CallApi, mustCall } from "./api.ts";
import { createCoalesce } from "./coalesce.ts";
import type { Timing } from "./lanes.ts";

const GAP_MS = 2_000;

type View = Parameters<SlackPort["publishHome"]>[1];

/** App Home, per person: at most every two seconds, of several views only the newest, and none that is shown already. */
export const createHome = (call: CallApi, timing: Timing): SlackPort["publishHome"] => {
  const published = new Map<string, string>();
  return createCoalesce<View, void>({
    timing,
    gapMs: () => GAP_MS,
    send: async (user, view) => {
      const hash = sha256(JSON.stringify(view));
      if (published.get(user) === hash) return { result: undefined, sent: false };
      await mustCall(call, "views.publish", { user_id: user, view });
      published.set(user, hash);
      return { result: undefined, sent: true };
    },
  });
};

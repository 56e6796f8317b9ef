import type { Logger, Receiver } from "@slack/bolt";
import type { Log } from "../../lib/log.ts";
import type { Inbound } from "./inbound.ts";
import { createRequestReceiver, type RequestReceiver } from "./request.ts";
import { createSocketReceiver } from "./socket.ts";

/** How Slack reaches the bot: over sockets that the bot opens, or by requests that Slack signs. */
export type Via =
  | { readonly mode: "socket"; readonly appToken: string }
  | { readonly mode: "http"; readonly signingSecret: string };

interface ReceiverDeps {
  readonly via: Via;
  readonly apiUrl: string | null;
  readonly inbound: Inbound;
  readonly logger: Logger;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** The receiver of a mode; `handle` is what the HTTP listener calls, null where nothing listens. */
export const createReceiver = (
  deps: ReceiverDeps,
): { readonly receiver: Receiver; readonly handle: RequestReceiver["handle"] | null } => {
  const { via } = deps;
  if (via.mode === "socket")
    return {
      receiver: createSocketReceiver({ ...deps, appToken: via.appToken }),
      handle: null,
    };
  const receiver = createRequestReceiver({ ...deps, signingSecret: via.signingSecret });
  return { receiver, handle: receiver.handle };
};

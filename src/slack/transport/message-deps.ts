import type { Log } from "../../lib/log.ts";
import type { MessageIndex, PostMarks } from "../messages.ts";
import type { CallApi } from "./api.ts";
import type { Degrade } from "./degrade.ts";
import type { Timing } from "./lanes.ts";

/** What posting and editing need. */
export interface MessageDeps {
  readonly call: CallApi;
  readonly index: MessageIndex & PostMarks;
  readonly degrade: Degrade;
  /** Told of every refusal; says by itself which the owner must hear of. Never throws. */
  readonly complain: (channel: string, code: string) => Promise<void>;
  readonly timing: Timing;
  /** When this process began to listen, epoch milliseconds of `timing`. */
  readonly startedAtMs: number;
  readonly log: Log;
}

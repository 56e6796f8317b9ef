import type { Log } from "../../lib/log.ts";
import type { CallApi, CallManner } from "./api.ts";
import { createLanes, type Timing } from "./lanes.ts";
import type { ApiBody, ApiOutcome } from "./outcome.ts";
import { lanesOf } from "./rates.ts";
import { DEAD_TOKEN } from "./refusals.ts";

const PATIENCE_MS = 10_000;
const PARKED_MS = 60_000;
const REPEAT_MS = 500;

/** What may be sent again when its answer was lost: it says what is to be, or only asks. Never a post, ephemeral or upload. */
const REPEATABLE = new Set([
  "chat.update",
  "chat.delete",
  "views.update",
  "views.publish",
  "conversations.open",
  "users.info",
  "usergroups.users.list",
  "files.info",
  "chat.getPermalink",
  "auth.test",
]);

interface PacedDeps {
  readonly call: CallApi;
  readonly timing: Timing;
  readonly log: Log;
}

export interface PacedApi {
  readonly call: CallApi;
  /** Slack has said that the token is of no use any more (uninstalled, revoked). */
  readonly park: (code: string) => void;
}

/** Calls that wait in their lanes. A 429 closes the most special lane of its call and no other; a dead token parks them all. */
export const createPacedApi = ({ call, log, timing }: PacedDeps): PacedApi => {
  const lanes = createLanes(timing);
  const parked: { untilMs: number; outcome: ApiOutcome | null } = { untilMs: 0, outcome: null };

  // One call a minute still goes through, so that a new installation is noticed.
  const park = (outcome: ApiOutcome & { readonly kind: "refused" }) => {
    log.error("Slack does not take the token; nothing is sent for a minute", {
      code: outcome.code,
      next: "install the app again and set the new SLACK_BOT_TOKEN",
    });
    parked.untilMs = timing.nowMs() + PARKED_MS;
    parked.outcome = outcome;
  };

  /** Waits for its turn and again after a 429, as long as its patience lasts; nothing was accepted meanwhile. */
  const turn = async (method: string, args: ApiBody, manner: CallManner): Promise<ApiOutcome> => {
    const places = lanesOf(method, manner.channel ?? null);
    const order = lanes.ticket();
    const deadlineMs = timing.nowMs() + (manner.patienceMs ?? PATIENCE_MS);
    for (;;) {
      let asked = false;
      const outcome = await lanes.add<ApiOutcome>({
        lanes: places,
        priority: manner.priority ?? 1,
        order,
        patienceMs: deadlineMs - timing.nowMs(),
        run: () => {
          asked = true;
          return call(method, args);
        },
        late: (retryAfterMs) => ({ kind: "limited", retryAfterMs }),
      });
      if (outcome.kind !== "limited" || !asked) return outcome;
      lanes.close(places.at(-1)?.name ?? method, outcome.retryAfterMs);
      if (timing.nowMs() + outcome.retryAfterMs > deadlineMs) return outcome;
    }
  };

  const paced: CallApi = async (method, args, manner = {}) => {
    if (parked.outcome !== null && timing.nowMs() < parked.untilMs) return parked.outcome;
    const first = await turn(method, args, manner);
    if (first.kind === "refused" && DEAD_TOKEN.has(first.code)) park(first);
    if ((first.kind !== "lost" && first.kind !== "unsent") || !REPEATABLE.has(method)) return first;
    await timing.sleep(REPEAT_MS);
    return turn(method, args, manner);
  };
  return { call: paced, park: (code) => park({ kind: "refused", code, body: {} }) };
};

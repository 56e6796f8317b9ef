import type { App, Receiver, ReceiverEvent } from "@slack/bolt";
import { isProductError, messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { Inbox } from "../../operations/inbox-port.ts";
import { errorWords, referenceOf } from "../words.ts";
import { type Acknowledgement, acknowledgeOnce } from "./acknowledge.ts";
import { eventType, inboxKey, isEvent, type Payload, storable } from "./payload.ts";

const SOURCE = "slack";
const BATCH = 20;
/** A payload that fails this often is given up, so that it does not come back for ever. */
const MAX_TRIES = 5;

export const OLDER_VERSION =
  "This button is from an older version of mine, so nothing was done. Open the newest message of the run, or use /mlpipeline help.";
export const RESTARTED = "I was restarting. Press again.";

interface InboundDeps {
  readonly inbox: Inbox;
  readonly log: Log;
  /** Tells the person behind a payload; never throws. */
  readonly tell: (body: Payload, words: string) => Promise<void>;
  /** Events that the transport itself listens to, by type; nobody else hears them. */
  readonly own: Readonly<Record<string, (body: Payload) => Promise<void>>>;
  /** Called with the payload of a crash before it runs again, and after it. */
  readonly replaying: (body: Payload, on: boolean) => Promise<void>;
}

/** Stands between the receivers and Bolt: what arrives is a row first, runs once, and is answered. */
export interface Inbound {
  /** A receiver's view of the app. `recorded` is called once the payload is safe, before anything runs. */
  readonly attach: (
    receiver: Pick<Receiver, "init">,
    app: App,
    recorded?: (event: ReceiverEvent) => void,
  ) => void;
  /** Finishes what a crash or a failure left undone; gives how much. */
  readonly finishUndone: () => Promise<number>;
  /** Resolves when nothing is being dealt with. */
  readonly settled: () => Promise<void>;
}

/** What a replayed submission would have shown in its modal, which is no longer listening. */
const modalAnswer = (response: unknown): boolean =>
  typeof response === "object" && response !== null && "response_action" in response;

// Nobody listened: the button, modal or command is of another version. A modal must be closed, an option list be empty.
const answerUnheard = async (deps: InboundDeps, body: Payload, ack: Acknowledgement) => {
  if (body.type === "block_suggestion") return ack.give({ options: [] });
  await ack.give(body.type === "view_submission" ? { response_action: "clear" } : undefined);
  if (body.type !== "view_closed") await deps.tell(body, OLDER_VERSION);
};

const run = async (deps: InboundDeps, app: App, body: Payload, ack: Acknowledgement) => {
  const own = deps.own[eventType(body) ?? ""];
  if (own) {
    await ack.give();
    return own(body);
  }
  await app.processEvent({ body: { ...body }, ack: ack.give });
  if (!ack.given()) await answerUnheard(deps, body, ack);
};

const reference = (body: Payload): string => referenceOf(inboxKey(body) ?? "");

/** A person hears of a failure at once, and that is the answer; an event that failed is tried again. */
const answerFailure = async (
  deps: InboundDeps,
  body: Payload,
  ack: Acknowledgement,
  error: unknown,
): Promise<boolean> => {
  deps.log.error("a Slack payload failed", {
    type: eventType(body) ?? String(body.type ?? body.command),
    ref: reference(body),
    code: isProductError(error) ? error.code : "BUG",
    error: messageOf(error),
  });
  if (isEvent(body)) return false;
  if (!ack.given()) await ack.give();
  await deps.tell(body, errorWords(error, reference(body)));
  return true;
};

const deal = async (
  deps: InboundDeps,
  app: App,
  body: Payload,
  ack: Acknowledgement,
): Promise<boolean> => {
  try {
    await run(deps, app, body, ack);
    return true;
  } catch (error) {
    return answerFailure(deps, body, ack, error);
  }
};

const replay = async (deps: InboundDeps, app: App, body: Payload): Promise<boolean> => {
  if (body.type === "block_suggestion") return true;
  const ack = acknowledgeOnce(null, deps.log);
  await deps.replaying(body, true);
  try {
    const done = await deal(deps, app, body, ack);
    if (modalAnswer(ack.response())) await deps.tell(body, RESTARTED);
    return done;
  } finally {
    await deps.replaying(body, false);
  }
};

/** Makes the inbound side for one app. It keeps nothing that a crash could lose. */
export const createInbound = (deps: InboundDeps): Inbound => {
  const inFlight = new Map<string, Promise<void>>();
  const apps: { app: App | null } = { app: null };

  // Done only after success: a failed event stays, and its lease runs out.
  const track = (key: string, work: Promise<boolean>): Promise<void> => {
    const ended = work
      .then((done) => (done ? deps.inbox.done(key) : undefined))
      .catch((error: unknown) =>
        deps.log.error("the inbox could not be written", { error: messageOf(error) }),
      )
      .finally(() => inFlight.delete(key));
    inFlight.set(key, ended);
    return ended;
  };

  const receive = async (
    app: App,
    event: ReceiverEvent,
    recorded: ((event: ReceiverEvent) => void) | undefined,
  ): Promise<void> => {
    const body: Payload = event.body;
    const key = inboxKey(body);
    const ack = acknowledgeOnce(event.ack, deps.log);
    if (key === null) {
      await deal(deps, app, body, ack);
      return;
    }
    const fresh = await deps.inbox.receive({ source: SOURCE, key, body: storable(body) });
    recorded?.(event);
    if (!fresh) return ack.give();
    await track(key, deal(deps, app, body, ack));
  };

  const finish = async (app: App, row: Awaited<ReturnType<Inbox["take"]>>[number]) => {
    if (inFlight.has(row.key)) return; // ours, and taking it has only renewed its lease
    if (row.tries > MAX_TRIES) {
      deps.log.error("a Slack payload was given up", { key: row.key, tries: row.tries });
      return deps.inbox.done(row.key);
    }
    await track(row.key, replay(deps, app, row.body as Payload));
  };

  return {
    attach: (receiver, app, recorded) => {
      apps.app = app;
      const shim = { processEvent: (event: ReceiverEvent) => receive(app, event, recorded) };
      receiver.init(shim as unknown as App); // a receiver uses nothing else of the app
    },
    finishUndone: async () => {
      const { app } = apps;
      if (app === null) return 0;
      const rows = await deps.inbox.take(SOURCE, BATCH);
      for (const row of rows) await finish(app, row);
      return rows.length;
    },
    settled: async () => {
      await Promise.allSettled([...inFlight.values()]);
    },
  };
};

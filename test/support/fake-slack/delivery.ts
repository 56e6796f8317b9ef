import type { Body } from "./answer.ts";
import { type Envelope, FIRST, type Kind, type Outcome, type Transport } from "./transport.ts";
import type { AppEvent, Workspace } from "./workspace.ts";

/** After the first try: at once, after a minute, after five (slack.md §1). */
const RETRY_MS = [0, 60_000, 300_000] as const;

/** One event on its way to the app. */
export interface Delivery {
  readonly eventId: string;
  readonly event: AppEvent;
  readonly outcomes: Outcome[];
  /** Resolves with the outcome of the first try; false when nobody listens yet. */
  readonly first: Promise<Outcome | false>;
}

export interface Deliveries {
  /** Commands and interactions: one try. */
  readonly send: (kind: Kind, payload: Body) => Promise<Outcome>;
  /** Events: up to four tries. Null when the manifest does not subscribe to the type. */
  readonly raise: (team: string, event: AppEvent) => Delivery | null;
  /** Sends the last envelope once more, unchanged: same id, `retry_attempt: 0` (bolt-js#2487). */
  readonly duplicate: () => Promise<Outcome>;
  /** Sends what was raised while nobody listened. */
  readonly flush: () => void;
  readonly events: readonly Delivery[];
}

const subscribed = (workspace: Workspace, event: AppEvent): boolean => {
  const name = event.type === "message" ? `message.${String(event.channel_type)}` : event.type;
  if (event.type === "message_metadata_posted")
    return (
      workspace.manifest.events.has(name) && workspace.manifest.scopes.has("metadata.message:read")
    );
  return event.type === "app_rate_limited" || workspace.manifest.events.has(name);
};

const botOf = (workspace: Workspace, team: string): string | undefined =>
  [...workspace.installations.values()].find((one) => one.team === team)?.botUser;

export const createDeliveries = (workspace: Workspace, transport: () => Transport): Deliveries => {
  const events: Delivery[] = [];
  const waiting: (() => void)[] = [];
  const last: { envelope: Envelope | null } = { envelope: null };
  const transmit = (envelope: Envelope): Promise<Outcome> => {
    last.envelope = envelope;
    return transport().send(envelope);
  };
  const wrap = (team: string, eventId: string, event: AppEvent): Body => ({
    token: "fake-verification",
    team_id: team,
    api_app_id: workspace.appId,
    event,
    type: "event_callback",
    event_id: eventId,
    event_time: Math.floor(workspace.clock.nowMs() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team,
        user_id: botOf(workspace, team),
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
  });
  const attempt = async (delivery: Delivery, payload: Body, number: number, reason: string) => {
    // Without any socket no try is made or counted: the event waits for one, and then comes as a retry.
    if (number > 0 && !transport().ready()) {
      waiting.push(() => void attempt(delivery, payload, number, reason));
      return;
    }
    const outcome = await transmit({
      id: workspace.newId("E"),
      kind: "events_api",
      payload,
      retry: number === 0 ? FIRST : { attempt: number, reason },
    });
    delivery.outcomes.push(outcome);
    const waitMs = RETRY_MS[number];
    if (!outcome.acked && !outcome.noRetry && waitMs !== undefined)
      workspace.clock.after(
        waitMs,
        () => void attempt(delivery, payload, number + 1, outcome.reason),
      );
  };
  const firstOutcome = async (delivery: Delivery, payload: Body): Promise<Outcome | false> => {
    await attempt(delivery, payload, 0, "");
    return delivery.outcomes[0] ?? false;
  };
  return {
    events,
    send: (kind, payload) => transmit({ id: workspace.newId("E"), kind, payload, retry: FIRST }),
    raise: (team, event) => {
      if (!subscribed(workspace, event)) return null;
      const eventId = workspace.newId("Ev");
      const payload = wrap(team, eventId, event);
      const outcomes: Outcome[] = [];
      const starts = transport().ready();
      const delivery: Delivery = {
        eventId,
        event,
        outcomes,
        first: starts
          ? Promise.resolve().then(() => firstOutcome(delivery, payload))
          : Promise.resolve(false),
      };
      events.push(delivery);
      // What nobody could hear comes later, as a retry.
      if (!starts) waiting.push(() => void attempt(delivery, payload, 1, "timeout"));
      return delivery;
    },
    duplicate: () => {
      if (!last.envelope) throw new Error("nothing was sent yet");
      return transport().send(last.envelope);
    },
    flush: () => {
      for (const start of waiting.splice(0)) start();
    },
  };
};

import { sha256 } from "../../lib/hash.ts";

/** A payload as Slack sends it, over a socket or over HTTP. */
export type Payload = Readonly<Record<string, unknown>>;

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Payload)[name] : undefined;

const text = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : null;

/** "" where the payload names no team. */
export const teamOf = (body: Payload): string =>
  text(body.team_id) ?? text(field(body.team, "id")) ?? text(field(body.user, "team_id")) ?? "";

/** True for events, which nobody waits for an answer to. */
export const isEvent = (body: Payload): boolean => body.event !== undefined;

/** The type of the event inside; null for everything else. */
export const eventType = (body: Payload): string | null => text(field(body.event, "type"));

/**
 * Under which key a payload arrives once (slack.md 2.3); null for one that only reads and may run as often as it likes. A
 * second try at a modal after errors has the same view id and hash, so a submission goes by its trigger.
 */
export const inboxKey = (body: Payload): string | null => {
  if (body.type === "block_suggestion") return null;
  const team = teamOf(body);
  const event = text(body.event_id);
  if (event) return `event/${team}/${event}`;
  const trigger = text(body.trigger_id);
  if (trigger) return `trigger/${team}/${trigger}`;
  if (body.type === "view_closed")
    return `closed/${team}/${text(field(body.view, "id"))}/${text(field(body.view, "hash"))}`;
  return `body/${team}/${sha256(JSON.stringify(body))}`;
};

/** What is kept of a payload: all but Slack's old verification token, which is a secret. */
export const storable = ({ token: _secret, ...rest }: Payload): Payload => rest;

/** The person a payload comes from, and where they look at the moment; null for an event or a foreign shape. */
export const askerOf = (
  body: Payload,
): { readonly channel: string; readonly user: string; readonly threadTs: string | null } | null => {
  const user = text(body.user_id) ?? text(field(body.user, "id"));
  if (user === null || isEvent(body)) return null;
  const channel =
    text(body.channel_id) ??
    text(field(body.channel, "id")) ??
    text(field(body.container, "channel_id"));
  return { user, channel: channel ?? "", threadTs: text(field(body.message, "thread_ts")) };
};

/** The message whose button was pressed; null for everything else. */
export const messageOf = (
  body: Payload,
): { readonly channel: string; readonly ts: string } | null => {
  const channel = text(field(body.channel, "id")) ?? text(field(body.container, "channel_id"));
  const ts = text(field(body.message, "ts")) ?? text(field(body.container, "message_ts"));
  return channel && ts ? { channel, ts } : null;
};

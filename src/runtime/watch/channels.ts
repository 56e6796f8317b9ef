import { genieCall } from "../../alerts/channels/genie.ts";
import {
  type ChannelCall,
  type ChannelMessage,
  channelMessage,
} from "../../alerts/channels/message.ts";
import { pagerDutyCall } from "../../alerts/channels/pagerduty.ts";
import { sendCall } from "../../alerts/channels/send.ts";
import { webhookCall } from "../../alerts/channels/webhook.ts";
import { incidentOf } from "../../alerts/incident/rows.ts";
import { type AlertTarget, WEBHOOK } from "../../alerts/incident/tellings.ts";
import type { Deliver } from "../deliver.ts";
import type { WatchDeps } from "./deps.ts";

/** Keys and addresses of the channels that are set up; read from the environment by the configuration. */
export interface ChannelSecrets {
  readonly pagerduty: { readonly url: string; readonly routingKey: string } | null;
  readonly jsm: { readonly url: string; readonly apiKey: string } | null;
  readonly opsgenie: { readonly url: string; readonly apiKey: string } | null;
  readonly webhook: { readonly url: string; readonly secret: string } | null;
  /** Token that senders of the webhook in must show; null: it is not mounted. */
  readonly webhookIn: { readonly token: string } | null;
}

export const channelTargets = (secrets: ChannelSecrets): readonly AlertTarget[] =>
  (["pagerduty", "jsm", "opsgenie", WEBHOOK] as const).filter((name) => secrets[name] !== null);

const EXTERNAL_URL = "https://mlpipeline.invalid/incidents";

const callOf = (
  target: AlertTarget,
  secrets: ChannelSecrets,
  message: ChannelMessage,
  host: string,
): ChannelCall | null => {
  const { jsm, opsgenie, pagerduty, webhook } = secrets;
  switch (target) {
    case "pagerduty":
      return pagerduty && pagerDutyCall(message, { ...pagerduty, source: host });
    case "jsm":
      return jsm && genieCall(message, jsm);
    case "opsgenie":
      return opsgenie && genieCall(message, opsgenie);
    case "webhook":
      return webhook && webhookCall(message, { ...webhook, externalUrl: EXTERNAL_URL });
    default:
      return target satisfies never;
  }
};

const OPEN = "open";
const CLOSED = "closed";

/** Tells one channel how an Incident stands when it is sent; what it never heard of is neither acknowledged nor closed there. */
export const createChannelDeliver =
  (
    deps: Pick<WatchDeps, "store">,
    target: AlertTarget,
    secrets: ChannelSecrets,
    host: string,
  ): Deliver =>
  async (row) => {
    const { ref } = row.body as { readonly ref?: unknown };
    const found = await deps.store.watch.incident(String(ref));
    if (found === null) return { externalRef: row.externalRef };
    const message = channelMessage(incidentOf(found, found.id));
    const isNews = message.open && (target === WEBHOOK || !message.acked);
    if (!isNews && row.externalRef !== OPEN) return { externalRef: row.externalRef };
    const call = callOf(target, secrets, message, host);
    if (call !== null) await sendCall(target, call);
    return { externalRef: message.open ? OPEN : CLOSED };
  };

import { type ChannelCall, type ChannelMessage, cutText } from "./message.ts";

/** Events API v2 (developer.pagerduty.com/docs/events-api-v2): limits of its fields. */
const SUMMARY = 1_024;
const DEDUP = 255;

interface PagerDutyOptions {
  readonly url: string;
  readonly routingKey: string;
  readonly source: string;
}

/** The event of an Incident as it stands: trigger, acknowledge or resolve, all under one dedup_key and the trigger's own key. */
export const pagerDutyCall = (
  message: ChannelMessage,
  { routingKey, source, url }: PagerDutyOptions,
): ChannelCall => {
  const action = !message.open ? "resolve" : message.acked ? "acknowledge" : "trigger";
  const common = {
    routing_key: routingKey,
    event_action: action,
    dedup_key: cutText(`mlpipeline/${message.id}`, DEDUP),
  };
  const { cause, environment, model, pipeline, sentence, severity, title } = message;
  return {
    method: "POST",
    url: `${url}/v2/enqueue`,
    headers: { "content-type": "application/json" },
    body:
      action !== "trigger"
        ? common
        : {
            ...common,
            payload: {
              summary: cutText(`${title}: ${sentence}`, SUMMARY),
              source: cutText(source, DEDUP),
              severity,
              timestamp: new Date(message.openedAt).toISOString(),
              component: cutText(model, DEDUP),
              group: cutText(`${pipeline} in ${environment}`, DEDUP),
              class: cause,
              custom_details: {
                incident: message.id,
                alerts: message.alerts
                  .filter((alert) => alert.open)
                  .slice(0, 20)
                  .map((alert) => cutText(alert.said, 300)),
              },
            },
            client: "mlpipeline",
          },
  };
};

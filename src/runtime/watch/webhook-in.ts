import type { IncomingMessage, ServerResponse } from "node:http";
import { isBearer } from "../../alerts/channels/webhook.ts";
import { readWebhook, WEBHOOK_MONITOR, WebhookBody } from "../../alerts/channels/webhook-in.ts";
import { sha256 } from "../../lib/hash.ts";
import type { HttpHandler } from "../http.ts";
import { monitorActor } from "./check.ts";
import type { WatchDeps } from "./deps.ts";
import { observeGroup } from "./incidents.ts";

export const WEBHOOK_PATH = "/webhook/alertmanager";

const end = (response: ServerResponse, status: number, said = ""): void => {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(said);
};

const parse = (body: Buffer): WebhookBody | null => {
  try {
    const result = WebhookBody.safeParse(JSON.parse(body.toString("utf8")));
    return result.success ? result.data : null;
  } catch {
    return null;
  }
};

/** Keeps what another Alertmanager says, in one transaction. The same body twice has the effect of once. */
export const takeWebhook = async (deps: WatchDeps, body: WebhookBody): Promise<void> => {
  const nowMs = deps.clock.nowMs();
  const actor = monitorActor(WEBHOOK_MONITOR);
  const slack = await deps.slackOn();
  const payloadHash = sha256(JSON.stringify(body));
  const key = `webhook/${payloadHash}/${Math.floor(nowMs / 60_000)}`;
  await deps.store.commit({ runId: WEBHOOK_MONITOR, key, payloadHash, nowMs, actor }, (loaded) => {
    const changes = readWebhook(body, nowMs).flatMap(({ labels, verdicts }) => {
      const check = { monitor: WEBHOOK_MONITOR, labels, verdicts, before: [], partial: true };
      return observeGroup(deps, loaded, check, { nowMs, actor, slack }) ?? [];
    });
    return {
      events: [],
      answer: changes.map(({ incident }) => incident.id),
      outbox: changes.flatMap((change) => change.outbox),
      watch: changes.flatMap((change) => change.watch),
    };
  });
};

/** Takes alerts in Alertmanager's form; answers once they are kept. 401 without the token, 405, 415, 422 for what is no such body. */
export const createWebhookHandler =
  (deps: WatchDeps, token: string): HttpHandler =>
  async (request: IncomingMessage, response: ServerResponse, body: Buffer) => {
    if (request.method !== "POST") return end(response, 405);
    if (!isBearer(request.headers.authorization, token)) return end(response, 401);
    if (!request.headers["content-type"]?.startsWith("application/json")) return end(response, 415);
    const parsed = parse(body);
    if (parsed === null) return end(response, 422, "expected Alertmanager's webhook, version 4");
    await takeWebhook(deps, parsed);
    end(response, 200);
  };

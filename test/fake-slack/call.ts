import { join } from "node:path";
import {
  type FakeSlack,
  type FakeSlackOptions,
  startFakeSlack,
} from "../support/fake-slack/server.ts";

export const FULL_MANIFEST = join(process.cwd(), "test", "fake-slack", "manifest.yml");

export interface ApiAnswer {
  readonly ok: boolean;
  readonly error?: string;
  readonly ts?: string;
  readonly [key: string]: unknown;
}

/** Starts a fake whose app may do everything; time stands still and rates are off unless asked for. */
export const startFull = (options: FakeSlackOptions = {}): Promise<FakeSlack> =>
  startFakeSlack({ manifest: FULL_MANIFEST, rates: "off", clock: "manual", ...options });

/** Calls a method with a JSON body, as an app without any client library would. */
export const call = async (
  slack: FakeSlack,
  method: string,
  body: object = {},
  token = slack.workspace.botToken,
): Promise<ApiAnswer> => {
  const response = await fetch(slack.url + method, {
    method: "POST",
    headers: {
      "content-type": "application/json; charset=utf-8",
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify(body),
  });
  return (await response.json()) as ApiAnswer;
};

export const METADATA = { event_type: "fake_effect", event_payload: { key: "k1" } };

export const post = (slack: FakeSlack, body: object = {}): Promise<ApiAnswer> =>
  call(slack, "chat.postMessage", { channel: "C1", text: "hello", metadata: METADATA, ...body });

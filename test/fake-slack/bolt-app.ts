import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from "@slack/bolt";
import type { FakeSlack } from "../support/fake-slack/server.ts";

export type Mode = "socket" | "http";
export const MODES: readonly Mode[] = ["socket", "http"];

export interface RunningApp {
  readonly app: App;
  readonly stop: () => Promise<void>;
}

const quiet = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

const overSocket = async (slack: FakeSlack, register: (app: App) => void): Promise<RunningApp> => {
  const receiver = new SocketModeReceiver({
    appToken: slack.workspace.appToken,
    logger: quiet,
    installerOptions: { clientOptions: { slackApiUrl: slack.url } },
  });
  const app = createApp(slack, receiver);
  register(app);
  await app.start();
  await slack.connected();
  return {
    app,
    stop: async () => {
      await app.stop();
    },
  };
};

const overHttp = async (slack: FakeSlack, register: (app: App) => void): Promise<RunningApp> => {
  const receiver = new HTTPReceiver({
    signingSecret: slack.workspace.signingSecret,
    logger: quiet,
    unhandledRequestTimeoutMillis: 200,
  });
  const app = createApp(slack, receiver);
  register(app);
  const server = createServer((request, response) => receiver.requestListener(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await slack.http.connect(`http://127.0.0.1:${port}/slack/events`);
  return {
    app,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const createApp = (slack: FakeSlack, receiver: SocketModeReceiver | HTTPReceiver): App =>
  new App({
    token: slack.workspace.botToken,
    receiver,
    logger: quiet,
    clientOptions: {
      slackApiUrl: slack.url,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
    },
  });

/** A real Bolt app that talks to the fake, over either transport. */
export const startBoltApp = (
  slack: FakeSlack,
  mode: Mode,
  register: (app: App) => void,
): Promise<RunningApp> => (mode === "socket" ? overSocket : overHttp)(slack, register);

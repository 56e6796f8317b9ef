import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/** PagerDuty Events API v2 as its documentation states it; what is not in it is refused. */
const PagerDuty = z
  .strictObject({
    routing_key: z.string().length(32),
    event_action: z.enum(["trigger", "acknowledge", "resolve"]),
    dedup_key: z.string().min(1).max(255),
    payload: z
      .strictObject({
        summary: z.string().min(1).max(1024),
        source: z.string().min(1),
        severity: z.enum(["critical", "error", "warning", "info"]),
        timestamp: z.iso.datetime(),
        component: z.string(),
        group: z.string(),
        class: z.string(),
        custom_details: z.record(z.string(), z.unknown()),
      })
      .optional(),
    client: z.string().optional(),
    client_url: z.string().optional(),
    links: z.array(z.strictObject({ href: z.string(), text: z.string() })).optional(),
    images: z
      .array(z.strictObject({ src: z.string(), href: z.string(), alt: z.string() }))
      .optional(),
  })
  .refine(
    (event) => (event.event_action === "trigger") === (event.payload !== undefined),
    "a trigger has a payload",
  );

const Genie = z.strictObject({
  message: z.string().min(1).max(130),
  alias: z.string().max(250),
  description: z.string().max(15_000),
  priority: z.enum(["P1", "P2", "P3", "P4", "P5"]),
  source: z.string().max(100),
  entity: z.string().max(512),
  tags: z.array(z.string().max(50)).max(20),
  details: z.record(z.string(), z.string()),
});

const labels = z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string());

/** Alertmanager's webhook, version 4. */
const Alertmanager = z.strictObject({
  version: z.literal("4"),
  groupKey: z.string().min(1),
  truncatedAlerts: z.int().min(0),
  status: z.enum(["firing", "resolved"]),
  receiver: z.string(),
  groupLabels: labels,
  commonLabels: labels,
  commonAnnotations: labels,
  externalURL: z.url(),
  alerts: z
    .array(
      z.strictObject({
        status: z.enum(["firing", "resolved"]),
        labels,
        annotations: labels,
        startsAt: z.iso.datetime(),
        endsAt: z.iso.datetime(),
        generatorURL: z.url(),
        fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
      }),
    )
    .min(1),
});

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly raw: string;
  readonly body: Record<string, unknown>;
}

/** A server that stands for PagerDuty, the two alert services and a webhook, and takes nothing that their documentation does not name. */
export interface StrictChannels {
  readonly url: string;
  readonly received: Received[];
  /** The next answers have these status codes. */
  readonly answers: number[];
  /** Bodies that did not fit, in words; a test ends by expecting none. */
  readonly complaints: string[];
  readonly close: () => Promise<void>;
}

const schemaOf = (path: string): z.ZodType | null => {
  if (path === "/v2/enqueue") return PagerDuty;
  if (path === "/alerts") return Genie;
  if (/^\/alerts\/[^/]+\/(close|acknowledge)\?identifierType=alias$/.test(path))
    return z.strictObject({ source: z.string(), note: z.string() });
  return path === "/hook" ? Alertmanager : null;
};

const read = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const piece of request) text += String(piece);
  return text;
};

export const startStrictChannels = async (): Promise<StrictChannels> => {
  const received: Received[] = [];
  const answers: number[] = [];
  const complaints: string[] = [];
  const server: Server = createServer((request, response) => {
    void read(request).then((raw) => {
      const path = request.url ?? "";
      const body = JSON.parse(raw) as Record<string, unknown>;
      const status = answers.shift();
      if (status !== undefined && status >= 400) return response.writeHead(status).end();
      const fits = schemaOf(path)?.safeParse(body);
      if (!fits?.success) {
        complaints.push(`${path}: ${fits ? z.prettifyError(fits.error) : "no such path"}`);
        return response.writeHead(400).end();
      }
      received.push({ path, headers: request.headers, raw, body });
      return response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answers,
    complaints,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
};

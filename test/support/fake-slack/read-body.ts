import type { IncomingMessage } from "node:http";
import type { Body } from "./answer.ts";

/** A request read whole: its raw bytes, its parameters and the parts of a multipart body that are files. */
export interface ReadRequest {
  readonly raw: Buffer;
  readonly body: Body;
  readonly files: readonly Buffer[];
}

// Parameters whose value is a structure. Everything else stays text: a time stamp is no number, "[x]" is no list.
const STRUCTURES = new Set([
  "attachments",
  "blocks",
  "channel_ids",
  "chunks",
  "files",
  "metadata",
  "prompts",
  "view",
]);

const fromForm = (pairs: Iterable<readonly [string, string]>): Body => {
  const body: Record<string, unknown> = {};
  for (const [key, value] of pairs) {
    if (!STRUCTURES.has(key)) body[key] = value;
    else {
      try {
        body[key] = JSON.parse(value);
      } catch {
        body[key] = value;
      }
    }
  }
  return body;
};

const readMultipart = async (raw: Buffer, contentType: string): Promise<ReadRequest> => {
  const form = await new Response(new Uint8Array(raw), {
    headers: { "content-type": contentType },
  }).formData();
  const pairs: [string, string][] = [];
  const files: Buffer[] = [];
  for (const [key, value] of form) {
    if (typeof value === "string") pairs.push([key, value]);
    else files.push(Buffer.from(await value.arrayBuffer()));
  }
  return { raw, body: fromForm(pairs), files };
};

const readJson = (raw: Buffer): Body | null => {
  try {
    const value: unknown = JSON.parse(raw.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Body) : null;
  } catch {
    return null;
  }
};

/** Reads JSON, form or multipart; gives the code of Slack's refusal when the body is not what its type says. */
export const readRequest = async (request: IncomingMessage): Promise<ReadRequest | string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const type = request.headers["content-type"] ?? "";
  if (type.includes("application/json")) {
    const body = readJson(raw);
    return body === null ? "invalid_json" : { raw, body, files: [] };
  }
  if (type.includes("multipart/form-data")) return readMultipart(raw, type);
  if (type.includes("application/x-www-form-urlencoded"))
    return { raw, body: fromForm(new URLSearchParams(raw.toString("utf8"))), files: [] };
  return { raw, body: {}, files: [] };
};

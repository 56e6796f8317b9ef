import { RetryableError, UserInputError } from "../../lib/errors.ts";
import type { SlackPort, Upload } from "../port.ts";
import { type CallApi, mustCall } from "./api.ts";
import type { ApiBody } from "./outcome.ts";

/** How the bytes themselves travel: to an upload address, or from a private one with the bot's token. */
export interface FileWire {
  readonly put: (url: string, bytes: Uint8Array) => Promise<void>;
  readonly get: (url: string) => Promise<Uint8Array>;
}

interface WireOptions {
  readonly token: string;
  /** Slack's address where it is another than Slack's own. */
  readonly apiUrl: string | null;
  readonly maxBytes: number;
}

const WIRE_MS = 120_000;
const RETRY_MS = 5_000;

const isSlackHost = (url: URL, apiUrl: string | null): boolean =>
  apiUrl === null
    ? url.protocol === "https:" && /(^|\.)slack\.com$/.test(url.hostname)
    : url.origin === new URL(apiUrl).origin;

const lost = (cause: unknown): RetryableError =>
  new RetryableError("SLACK_FILE", "the file did not get through", {
    retryAfterMs: RETRY_MS,
    cause,
  });

// Read in pieces, so that a file that is larger than Slack said does not fill the memory.
const readAll = async (response: Response, maxBytes: number): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new UserInputError("FILE_TOO_LARGE", `the file is larger than ${maxBytes} bytes`, {
        next: "give its path or address instead",
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** Bytes over HTTP. The token goes to Slack's own hosts only, so a made-up address in an answer cannot get it. */
export const createFileWire = ({ apiUrl, maxBytes, token }: WireOptions): FileWire => ({
  put: async (url, bytes) => {
    const sent = await fetch(url, {
      method: "POST",
      body: bytes,
      headers: { "content-type": "application/octet-stream" },
      signal: AbortSignal.timeout(WIRE_MS),
    }).catch((error: unknown) => {
      throw lost(error);
    });
    if (!sent.ok) throw lost(`HTTP ${sent.status}`);
  },
  get: async (address) => {
    const url = new URL(address);
    if (!isSlackHost(url, apiUrl)) throw lost(`the file lies on ${url.hostname}`);
    const got = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(WIRE_MS),
    }).catch((error: unknown) => {
      throw lost(error);
    });
    // Without files:read Slack answers with a login page.
    if (!got.ok || got.headers.get("content-type")?.includes("text/html")) {
      throw new UserInputError("SLACK_MISSING_SCOPE", "Slack did not give the file", {
        next: "install the app again with the scopes of manifest.yml (files:read)",
      });
    }
    return readAll(got, maxBytes);
  },
});

const reserve = async (call: CallApi, wire: FileWire, file: Upload): Promise<string> => {
  const body = await mustCall(call, "files.getUploadURLExternal", {
    filename: file.name,
    length: file.bytes.byteLength,
    ...(file.alt === undefined ? {} : { alt_txt: file.alt }),
  });
  await wire.put(String(body.upload_url), file.bytes);
  return String(body.file_id);
};

const fileOf = (body: ApiBody): { readonly name: string; readonly url: string } => {
  const file = (body.file ?? {}) as Record<string, unknown>;
  return { name: String(file.name), url: String(file.url_private_download ?? file.url_private) };
};

/** Files: one upload is one message, however many files it has; it is not repeated once Slack may have shared it. */
export const createFiles = (
  call: CallApi,
  wire: FileWire,
): Pick<SlackPort, "upload" | "download"> => ({
  upload: async ({ channel, threadTs }, files, comment) => {
    const ids: string[] = [];
    for (const file of files) ids.push(await reserve(call, wire, file));
    await mustCall(call, "files.completeUploadExternal", {
      files: ids.map((id, at) => ({ id, title: files[at]?.title ?? id })),
      channel_id: channel,
      initial_comment: comment,
      ...(threadTs === null ? {} : { thread_ts: threadTs }),
    });
    return ids;
  },
  download: async (fileId) => {
    const { name, url } = fileOf(await mustCall(call, "files.info", { file: fileId }));
    return { name, bytes: await wire.get(url) };
  },
});

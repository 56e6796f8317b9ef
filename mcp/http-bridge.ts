import type { IncomingMessage, ServerResponse } from "node:http";

const headersOf = (request: IncomingMessage): Headers => {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers))
    for (const one of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, one);
  return headers;
};

/** The request as the SDK takes it. Its signal aborts when the client goes away before it was answered. */
export const toRequest = (
  incoming: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Request | null => {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  const url = `http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`;
  if (!URL.canParse(url)) return null;
  const method = incoming.method ?? "GET";
  return new Request(url, {
    method,
    headers: headersOf(incoming),
    signal: gone.signal,
    ...(method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(body) }),
  });
};

/** Sends an answer, piece by piece where it is a stream. Ends quietly when the client has gone. */
export const sendResponse = async (from: Response, to: ServerResponse): Promise<void> => {
  to.writeHead(from.status, Object.fromEntries(from.headers));
  if (from.body === null) {
    to.end();
    return;
  }
  const reader = from.body.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  to.once("close", stop);
  to.flushHeaders();
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done || to.destroyed) break;
    to.write(value);
  }
  to.off("close", stop);
  to.end();
};

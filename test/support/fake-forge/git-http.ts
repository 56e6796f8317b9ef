import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Answers one request of git's smart HTTP protocol with git's own CGI program, on bare repositories under `root`. */
export const serveGit = (
  root: string,
  user: string,
  request: IncomingMessage,
  response: ServerResponse,
): void => {
  const url = new URL(request.url ?? "/", "http://x");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REMOTE_USER: user,
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers["content-type"],
      CONTENT_LENGTH: request.headers["content-length"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => {});
  const pieces: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => pieces.push(piece));
  child.on("close", () => {
    const answer = Buffer.concat(pieces);
    const end = answer.indexOf("\r\n\r\n");
    const headers = answer.subarray(0, Math.max(0, end)).toString("utf8").split("\r\n");
    let status = 200;
    for (const header of headers) {
      const at = header.indexOf(":");
      const [name, value] = [header.slice(0, at), header.slice(at + 1).trim()];
      if (name === "Status") status = Number.parseInt(value, 10);
      else if (at > 0) response.setHeader(name, value);
    }
    response.writeHead(end < 0 ? 500 : status).end(answer.subarray(end + 4));
  });
};

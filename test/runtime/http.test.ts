import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createLog } from "../../src/lib/log.ts";
import { createHttp, type HttpListener } from "../../src/runtime/http.ts";

const logged: string[] = [];
const log = createLog(
  (line) => logged.push(line),
  () => 0,
);
const open: HttpListener[] = [];

const start = async (mount: (http: HttpListener) => void): Promise<string> => {
  const http = createHttp({ bind: "127.0.0.1", port: 0, log });
  mount(http);
  open.push(http);
  const { host, port } = await http.start();
  expect(host).toBe("127.0.0.1");
  return `http://${host}:${port}`;
};

afterEach(async () => {
  logged.length = 0;
  for (const http of open.splice(0)) await http.stop();
});

test("a handler gets the whole body under its path, and nobody answers under another", async () => {
  const url = await start((http) =>
    http.mount("/a", (request, response, body) => {
      response.end(`${request.method} ${body.toString("utf8")}`);
    }),
  );
  const answer = await fetch(`${url}/a?x=1`, { method: "POST", body: "höhe" });
  expect(await answer.text()).toBe("POST höhe");
  expect((await fetch(`${url}/a/b`)).status).toBe(404);
  expect((await fetch(`${url}/`)).status).toBe(404);
});

test("a body over one megabyte is refused, also when its length is not announced", async () => {
  const seen: number[] = [];
  const url = await start((http) =>
    http.mount("/a", (_request, response, body) => {
      seen.push(body.byteLength);
      response.end();
    }),
  );
  const most = Buffer.alloc(1_048_576);
  expect((await fetch(`${url}/a`, { method: "POST", body: most })).status).toBe(200);
  const more = Buffer.alloc(1_048_577);
  expect((await fetch(`${url}/a`, { method: "POST", body: more })).status).toBe(413);
  const stream = new Blob([more]).stream();
  const streamed = await fetch(`${url}/a`, {
    method: "POST",
    body: stream,
    duplex: "half",
  } as RequestInit).then(
    (answer) => answer.status,
    () => 413, // the connection may be closed before the answer is read
  );
  expect(streamed).toBe(413);
  expect(seen).toEqual([1_048_576]);
});

test("a handler that throws answers 500 and tells the log, not the caller", async () => {
  const url = await start((http) =>
    http.mount("/a", async () => {
      throw new Error("secret detail");
    }),
  );
  const answer = await fetch(`${url}/a`);
  expect(answer.status).toBe(500);
  expect(await answer.text()).toBe("");
  expect(logged.join()).toContain("secret detail");
});

test("an address that is taken is a ConfigError that says what to change", async () => {
  const url = await start(() => {});
  const second = createHttp({ bind: "127.0.0.1", port: Number(new URL(url).port), log });
  await expect(second.start()).rejects.toMatchObject({
    code: "HTTP_NOT_LISTENING",
    next: expect.stringContaining("http.port"),
  });
});

test("stopping ends connections that are idle or never finish their request", async () => {
  const http = createHttp({ bind: "127.0.0.1", port: 0, log });
  const { port } = await http.start();
  const socket = connect(port, "127.0.0.1");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write("POST /a HTTP/1.1\r\nHost: x\r\n");
  socket.on("error", () => {});
  await http.stop();
  await closed;
  await expect(fetch(`http://127.0.0.1:${port}/a`)).rejects.toThrow();
}, 10_000);

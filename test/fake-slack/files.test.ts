import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeSlack } from "../support/fake-slack/server.ts";
import { startBoltApp } from "./bolt-app.ts";
import { call, post, startFull } from "./call.ts";

let slack: FakeSlack;
beforeEach(async () => {
  slack = await startFull();
});
afterEach(async () => {
  await slack.close();
});

const begin = async (filename: string, length: number, alt_txt?: string) =>
  (await call(slack, "files.getUploadURLExternal", {
    filename,
    length,
    alt_txt,
  })) as unknown as {
    upload_url: string;
    file_id: string;
  };
const uploadPng = async (): Promise<string> => {
  const { upload_url, file_id } = await begin("loss.png", 3, "loss falls");
  await fetch(upload_url, { method: "POST", body: "png" });
  return file_id;
};
const complete = (id: string, more: object = {}) =>
  call(slack, "files.completeUploadExternal", { files: [{ id, title: "Loss" }], ...more });

test("as many bytes are taken as were announced, no more and no fewer", async () => {
  const { upload_url } = await begin("report.md", 5);
  expect((await fetch(upload_url, { method: "POST", body: "1234" })).status).toBe(400);
  expect((await fetch(upload_url, { method: "POST", body: "12345" })).status).toBe(200);
  expect(
    await call(slack, "files.getUploadURLExternal", { filename: "x", length: 0 }),
  ).toMatchObject({ error: "invalid_arguments" });
});

test("a file is shared into a thread and can be downloaded with a token that may read files", async () => {
  const { ts } = await post(slack);
  const id = await uploadPng();
  expect(
    await complete(id, { channel_id: "C1", thread_ts: ts, initial_comment: "report" }),
  ).toMatchObject({
    files: [{ id, title: "Loss" }],
  });
  expect(slack.workspace.messages.at(-1)).toMatchObject({ threadTs: ts, files: [id] });
  const before = (await call(slack, "files.info", { file: id })).file as Record<string, unknown>;
  expect(before.channels).toEqual([]);
  await slack.clock.advance(1_000);
  const file = (await call(slack, "files.info", { file: id })).file as Record<string, unknown>;
  expect(file).toMatchObject({ channels: ["C1"], size: 3, mimetype: "image/png" });
  const url = String(file.url_private_download);
  const read = async (token: string) =>
    (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).text();
  expect(await read("xoxb-fake")).toBe("png");
  expect(await read("xoxb-wrong")).toContain("Sign in");
  slack.workspace.installations.get("xoxb-fake")?.scopes.delete("files:read");
  expect(await read("xoxb-fake")).toContain("Sign in");
  slack.expectNoViolations();
});

test("a picture stands in a block only once Slack has processed it", async () => {
  const id = await uploadPng();
  await complete(id);
  const blocks = [{ type: "image", alt_text: "loss falls", slack_file: { id } }];
  expect(await post(slack, { blocks })).toMatchObject({
    error: "invalid_blocks",
    errors: ["invalid slack file [json-pointer:/blocks/0/slack_file]"],
  });
  await slack.clock.advance(1_000);
  expect((await post(slack, { blocks })).ok).toBe(true);
  slack.expectNoViolations();
});

test("completing what was never uploaded, twice, or with markdown is refused", async () => {
  const { file_id } = await begin("a.txt", 1);
  expect(await complete(file_id)).toMatchObject({ error: "file_not_found" });
  const id = await uploadPng();
  expect(await complete(id, { blocks: [{ type: "markdown", text: "x" }] })).toMatchObject({
    error: "internal_error",
  });
  expect((await complete(id)).ok).toBe(true);
  expect(await complete(id)).toMatchObject({ error: "file_not_found" });
});

test("a picture without alt text fails the test", async () => {
  await call(slack, "files.getUploadURLExternal", { filename: "loss.png", length: 3 });
  expect(() => slack.expectNoViolations()).toThrow("an image without alt text: loss.png");
});

test("the client's own upload, several files at once, arrives whole in the thread", async () => {
  const { ts = "" } = await post(slack);
  const running = await startBoltApp(slack, "socket", () => {});
  await running.app.client.filesUploadV2({
    channel_id: "C1",
    thread_ts: ts,
    initial_comment: "Report and changes",
    file_uploads: [
      { filename: "report.md", file: Buffer.from("# Report ✓"), title: "Report" },
      { filename: "loss.png", file: Buffer.from([1, 2, 3]), alt_text: "loss falls" },
    ],
  });
  expect(slack.workspace.messages.at(-1)).toMatchObject({
    threadTs: ts,
    text: "Report and changes",
  });
  expect([...slack.workspace.files.values()]).toMatchObject([
    { title: "Report", completed: true, bytes: Buffer.from("# Report ✓") },
    { name: "loss.png", completed: true, bytes: Buffer.from([1, 2, 3]) },
  ]);
  await running.stop();
  // The client sends alt_text, the method takes alt_txt: a screen reader would find nothing.
  expect(slack.workspace.violations).toEqual(["an image without alt text: loss.png"]);
}, 20_000);

test("alt text is 1,000 characters at most, and on a file that is no image nothing is shared", async () => {
  expect(await begin("loss.png", 3, "x".repeat(1001))).toMatchObject({
    error: "alt_txt_too_large",
  });
  slack.expectNoViolations();
  const { upload_url, file_id } = await begin("report.pdf", 3, "the report");
  await fetch(upload_url, { method: "POST", body: "pdf" });
  expect((await complete(file_id, { channel_id: "C1" })).ok).toBe(true);
  expect(slack.workspace.messages).toEqual([]);
  expect(() => slack.expectNoViolations()).toThrow("no image: report.pdf");
});

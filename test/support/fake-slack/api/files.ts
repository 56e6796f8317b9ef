import { type Answer, listOf, objectOf, ok, refuse, textOf } from "../answer.ts";
import { completeFile, createFile, fileObject, isImage } from "../files.ts";
import { addMessage } from "../messages.ts";
import { noteContent } from "../violations.ts";
import type { StoredFile } from "../workspace.ts";
import type { Call, Method } from "./call.ts";
import { isAnswer, threadOf, writableChannel } from "./message.ts";

/** Characters of `alt_txt` (docs: `alt_txt_too_large`). */
const MAX_ALT = 1000;

const getUploadUrl = ({ workspace, installation, body, address }: Call): Answer => {
  const name = textOf(body.filename);
  const length = Number(body.length);
  if (name === "" || !Number.isInteger(length) || length <= 0) return refuse("invalid_arguments");
  // The method's own name is alt_txt; @slack/web-api 8.2.0 sends alt_text, which Slack does not document.
  const alt = textOf(body.alt_txt);
  if (alt.length > MAX_ALT) return refuse("alt_txt_too_large");
  if (isImage(name) && alt === "") workspace.violations.push(`an image without alt text: ${name}`);
  if (!isImage(name) && alt !== "")
    workspace.violations.push(`alt text on a file that is no image: ${name} (it is not shared)`);
  const file = createFile(workspace, {
    name,
    length,
    author: installation.botUser,
    team: installation.team,
    // Reported: with alt text such a file completes and is silently shared nowhere (python-slack-sdk#1818, #1575).
    shareable: isImage(name) || alt === "",
  });
  return ok({ upload_url: `http://${address}/upload/${file.id}`, file_id: file.id });
};

const share = (call: Call, files: readonly StoredFile[]): Answer | null => {
  const { workspace, installation, body } = call;
  if (body.channel_id === undefined) return null;
  const place: Call = { ...call, body: { ...body, channel: body.channel_id } };
  const channel = writableChannel(place);
  if (isAnswer(channel)) return channel;
  const thread = threadOf(place, channel);
  if (isAnswer(thread)) return thread;
  if (files.some((file) => !file.shareable)) return null;
  const comment = textOf(body.initial_comment);
  if (comment !== "") noteContent(workspace, "an upload", comment, body.blocks);
  const message = addMessage(workspace, {
    channel,
    author: installation.botUser,
    threadTs: thread.threadTs,
    broadcast: false,
    text: comment,
    blocks: body.blocks,
    metadata: undefined,
    files: files.map((file) => file.id),
  });
  for (const file of files)
    file.shares.push({ channel: channel.id, ts: message.ts, threadTs: thread.threadTs });
  return null;
};

const complete = (call: Call): Answer => {
  const { workspace, body, address } = call;
  const named = listOf(body.files).map(objectOf);
  if (named.length === 0) return refuse("invalid_arguments");
  // A markdown block here breaks Slack's own call (python-slack-sdk#1756).
  if (listOf(body.blocks).some((block) => objectOf(block).type === "markdown"))
    return refuse("internal_error");
  const files: StoredFile[] = [];
  for (const { id } of named) {
    const file = workspace.files.get(textOf(id));
    if (!file?.bytes || file.completed) return refuse("file_not_found");
    files.push(file);
  }
  const refused = share(call, files);
  if (refused) return refused;
  files.forEach((file, index) => {
    completeFile(workspace, file, textOf(named[index]?.title) || file.name);
  });
  return ok({ files: files.map((file) => fileObject(workspace, file, address)) });
};

const info = ({ workspace, installation, body, address }: Call): Answer => {
  const file = workspace.files.get(textOf(body.file));
  if (!file?.completed || file.team !== installation.team) return refuse("file_not_found");
  return ok({ file: fileObject(workspace, file, address) });
};

/** Takes the bytes at an upload address: exactly as many as were announced. */
export const receiveUpload = (file: StoredFile | undefined, bytes: Buffer): Answer => {
  if (!file || file.completed) return { status: 404, headers: {}, body: "not found" };
  if (bytes.length !== file.length)
    return { status: 400, headers: {}, body: `expected ${file.length} bytes, got ${bytes.length}` };
  file.bytes = bytes;
  return { status: 200, headers: { "content-type": "text/plain" }, body: `OK - ${bytes.length}` };
};

export const FILE_METHODS: Readonly<Record<string, Method>> = {
  "files.getUploadURLExternal": { scopes: ["files:write"], tier: 100, run: getUploadUrl },
  "files.completeUploadExternal": { scopes: ["files:write"], tier: 100, run: complete },
  "files.info": { scopes: ["files:read"], tier: 100, run: info },
};

import type { Body } from "./answer.ts";
import type { StoredFile, Workspace } from "./workspace.ts";

const IMAGES = /\.(png|jpe?g|gif)$/i;
const MIMES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  gif: "image/gif",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  json: "application/json",
  md: "text/markdown",
  png: "image/png",
  txt: "text/plain",
};

/** Whether Slack can show this file as a picture. */
export const isImage = (name: string): boolean => IMAGES.test(name);

const typeOf = (name: string): string => name.split(".").at(-1)?.toLowerCase() ?? "";

export const createFile = (
  workspace: Workspace,
  given: {
    readonly name: string;
    readonly length: number;
    readonly author: string;
    readonly team: string;
    readonly shareable?: boolean;
  },
): StoredFile => {
  const file: StoredFile = {
    shareable: true,
    ...given,
    id: workspace.newId("F"),
    createdMs: workspace.clock.nowMs(),
    title: given.name,
    bytes: null,
    completed: false,
    readyMs: Number.POSITIVE_INFINITY,
    shares: [],
  };
  workspace.files.set(file.id, file);
  return file;
};

/** A file is processed after the call that completes it has returned (python-slack-sdk#1521). */
export const completeFile = (workspace: Workspace, file: StoredFile, title: string): void => {
  file.completed = true;
  file.title = title;
  file.readyMs = workspace.clock.nowMs() + workspace.settings.fileDelayMs;
};

/** The `file` object as the app reads it; shares appear once the file is processed. */
export const fileObject = (workspace: Workspace, file: StoredFile, address: string): Body => {
  const url = `http://${address}/files/${file.id}/${encodeURIComponent(file.name)}`;
  const ready = workspace.clock.nowMs() >= file.readyMs;
  const shares: Record<string, { ts: string; thread_ts?: string }[]> = {};
  for (const share of ready ? file.shares : []) {
    shares[share.channel] = [
      ...(shares[share.channel] ?? []),
      { ts: share.ts, ...(share.threadTs === null ? {} : { thread_ts: share.threadTs }) },
    ];
  }
  return {
    id: file.id,
    created: Math.floor(file.createdMs / 1000),
    timestamp: Math.floor(file.createdMs / 1000),
    name: file.name,
    title: file.title,
    mimetype: MIMES[typeOf(file.name)] ?? "application/octet-stream",
    filetype: typeOf(file.name),
    user: file.author,
    user_team: file.team,
    size: file.length,
    mode: "hosted",
    is_external: false,
    url_private: url,
    url_private_download: url,
    permalink: `http://${address}/permalink/${file.id}`,
    channels: ready ? file.shares.map((share) => share.channel) : [],
    shares: { public: shares },
  };
};

/** Whether an image block may show this file now: a processed picture, named by id or by one of its addresses. */
export const isFileReady = (workspace: Workspace, named: Body): boolean => {
  const id = String(named.id ?? /\/(?:files|permalink)\/(F\d+)/.exec(String(named.url))?.[1] ?? "");
  const file = workspace.files.get(id);
  return file?.completed === true && isImage(file.name) && workspace.clock.nowMs() >= file.readyMs;
};

import { isUtf8 } from "node:buffer";
import { closeSync, createReadStream, createWriteStream, openSync, readSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export type Encoding = "utf-8" | "utf-8-bom" | "utf-16le" | "utf-16be" | "windows-1252" | "latin-1";

/** The first `length` bytes of a file (fewer when it is shorter). */
export const readHead = (path: string, length: number): Buffer => {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(length);
    return head.subarray(0, readSync(file, head, 0, length, 0));
  } finally {
    closeSync(file);
  }
};

/** UTF-16 without a mark shows as zeros in every other byte of mostly Latin text. */
const zeroShare = (head: Buffer, odd: 0 | 1): number => {
  const places = Math.floor(head.length / 2);
  let zeros = 0;
  for (let place = 0; place < places; place++) if (head[place * 2 + odd] === 0) zeros++;
  return places === 0 ? 0 : zeros / places;
};

const continuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** Where the last whole UTF-8 character of a chunk ends. */
const lastBoundary = (chunk: Buffer): number => {
  let start = chunk.length - 1;
  while (start > 0 && start > chunk.length - 4 && continuation(chunk[start] ?? 0)) start--;
  return (chunk[start] ?? 0) < 0x80 ? chunk.length : start;
};

const allUtf8 = async (path: string): Promise<boolean> => {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const chunk = Buffer.concat([rest, piece as Buffer]);
    const end = lastBoundary(chunk);
    if (!isUtf8(chunk.subarray(0, end))) return false;
    rest = chunk.subarray(end);
  }
  return isUtf8(rest);
};

/** Bytes that latin-1 has for control characters and Windows for quotes, dashes and the euro sign; five of them mean nothing there. */
const windows = async (path: string): Promise<boolean> => {
  let seen = false;
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    for (const byte of piece as Buffer) {
      if (byte < 0x80 || byte > 0x9f) continue;
      if ([0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte)) return false;
      seen = true;
    }
  }
  return seen;
};

/** The encoding of a text file, judged by its mark, its zeros, and all of its bytes; "binary" where no text encoding fits. */
export const detectEncoding = async (path: string): Promise<Encoding | "binary"> => {
  const head = readHead(path, 65_536);
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  if (head.includes(0)) {
    if (zeroShare(head, 1) > 0.4 && zeroShare(head, 0) < 0.1) return "utf-16le";
    if (zeroShare(head, 0) > 0.4 && zeroShare(head, 1) < 0.1) return "utf-16be";
    return "binary";
  }
  if (await allUtf8(path)) {
    return head.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? "utf-8-bom" : "utf-8";
  }
  return (await windows(path)) ? "windows-1252" : "latin-1";
};

const LABELS: Readonly<Record<Encoding, string>> = {
  "utf-8": "utf-8",
  "utf-8-bom": "utf-8",
  "utf-16le": "utf-16le",
  "utf-16be": "utf-16be",
  "windows-1252": "windows-1252",
  "latin-1": "latin1",
};

/** Writes the text of `from` to `to` as UTF-8 without a mark, streaming. */
export const transcode = async (from: string, to: string, encoding: Encoding): Promise<void> => {
  const decoder = new TextDecoder(LABELS[encoding]);
  const pieces = async function* () {
    for await (const piece of createReadStream(from))
      yield decoder.decode(piece as Buffer, { stream: true });
    yield decoder.decode();
  };
  await pipeline(Readable.from(pieces()), createWriteStream(to));
};

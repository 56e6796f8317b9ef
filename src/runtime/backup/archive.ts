import { spawn } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { ConfigError, UserInputError } from "../../lib/errors.ts";

const LAST_WORDS = 2_000;

/** Runs `tar`, feeding and reading it with streams; ConfigError TAR_MISSING, TAR_FAILED. */
const runTar = async (
  searchPath: string,
  args: readonly string[],
  feed: (input: Writable) => Promise<void>,
  read: (output: Readable) => Promise<void>,
): Promise<void> => {
  const child = spawn("tar", args, { env: { PATH: searchPath, LC_ALL: "C.UTF-8" } });
  let said = "";
  child.stderr.on("data", (piece: Buffer) => {
    said = (said + piece.toString("utf8")).slice(-LAST_WORDS);
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
  const [code, ...streams] = await Promise.allSettled([
    ended,
    feed(child.stdin),
    read(child.stdout),
  ]);
  if (code.status === "rejected")
    throw new ConfigError("TAR_MISSING", "tar cannot be started", {
      cause: code.reason,
      next: "install tar",
    });
  const fault = streams.find((one) => one.status === "rejected");
  if (code.value === 0 && !fault) return;
  throw new ConfigError("TAR_FAILED", `tar ended with ${code.value}: ${said.trim()}`, {
    cause: fault?.reason,
    next: "check that the disk has room and the file is whole",
  });
};

const nothing = async (stream: Writable): Promise<void> => {
  stream.end();
};
const drain = async (stream: Readable): Promise<void> => {
  for await (const _piece of stream);
};

/** Packs everything in `dir` into one compressed archive, readable by its owner alone; whole or not at all. */
export const packArchive = async (searchPath: string, dir: string, file: string): Promise<void> => {
  const partial = `${file}.partial`;
  try {
    await runTar(searchPath, ["-cf", "-", "-C", dir, "."], nothing, (output) =>
      pipeline(output, createGzip(), createWriteStream(partial, { mode: 0o600 })),
    );
    const handle = await open(partial, "r+");
    await handle.sync().finally(() => handle.close());
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
};

const unpacked = (file: string) => (input: Writable) =>
  pipeline(createReadStream(file), createGunzip(), input);

const isSafe = (line: string): boolean => {
  if (!/^[-d]/.test(line)) return false; // links and devices have no place in a backup
  const name = /(\.\/.*|\.)$/.exec(line)?.[0] ?? "";
  return name !== "" && !name.split("/").includes("..");
};

/**
 * Unpacks an archive into the empty folder `dir`. UserInputError BACKUP_INVALID for anything that is no archive of ours: links,
 * devices, absolute paths, or paths that lead out of the folder.
 */
export const unpackArchive = async (
  searchPath: string,
  file: string,
  dir: string,
): Promise<void> => {
  const invalid = (got: string, cause?: unknown) =>
    new UserInputError("BACKUP_INVALID", `${file} is no backup of mlpipeline`, {
      expected: "a file that `mlpipeline backup` wrote",
      got,
      cause,
      next: "give another file",
    });
  let listed = "";
  try {
    await runTar(searchPath, ["-tvf", "-"], unpacked(file), async (output) => {
      for await (const piece of output) listed += String(piece);
    });
  } catch (error) {
    if (error instanceof ConfigError && error.code === "TAR_MISSING") throw error;
    throw invalid("something that tar cannot read", error);
  }
  const odd = listed.split("\n").find((line) => line !== "" && !isSafe(line));
  if (odd !== undefined) throw invalid(`an entry "${odd.slice(0, 200)}"`);
  const args = ["-xf", "-", "-C", dir, "--no-same-owner", "--no-same-permissions"];
  await runTar(searchPath, args, unpacked(file), drain);
};

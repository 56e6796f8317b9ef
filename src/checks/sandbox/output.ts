import { StringDecoder } from "node:string_decoder";

type Stream = "stdout" | "stderr";
type OnLine = ((line: string, stream: Stream) => void) | undefined;

/** A program that writes this many times its allowance is not going to stop. */
const FLOOD = 10;
const LONGEST_LINE = 4096;

const createStream = (stream: Stream, onLine: OnLine) => {
  const decoder = new StringDecoder("utf8");
  let text = "";
  let line = "";
  const feed = (piece: string): void => {
    if (!onLine) return;
    const lines = (line + piece).split("\n");
    line = (lines.pop() ?? "").slice(-LONGEST_LINE);
    for (const one of lines) onLine(one.slice(0, LONGEST_LINE), stream);
  };
  return {
    take: (chunk: Buffer, kept: number): void => {
      feed(chunk.toString("utf8"));
      if (kept > 0) text += decoder.write(chunk.subarray(0, kept));
    },
    end: (): string => {
      if (line !== "") onLine?.(line, stream);
      return text;
    },
  };
};

/** Collects what a process writes, at most `outputKb` KiB over both streams; `onFlood` is called at ten times that. */
export const createOutput = (outputKb: number, onLine: OnLine, onFlood: () => void) => {
  const limit = outputKb * 1024;
  const streams = {
    stdout: createStream("stdout", onLine),
    stderr: createStream("stderr", onLine),
  };
  let seen = 0;
  return {
    take: (stream: Stream, chunk: Buffer): void => {
      const kept = Math.max(0, Math.min(chunk.length, limit - seen));
      seen += chunk.length;
      if (seen <= limit * FLOOD) streams[stream].take(chunk, kept);
      else onFlood();
    },
    end: () => ({
      stdout: streams.stdout.end(),
      stderr: streams.stderr.end(),
      truncated: seen > limit,
    }),
  };
};

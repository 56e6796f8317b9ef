import { createLogUpdate } from "log-update";
import type { Io } from "./io.ts";
import type { Progress } from "./session.ts";

/** Shows progress: one redrawn line per specialist where a person watches, a plain line per change elsewhere. */
export interface ProgressView {
  readonly show: (progress: Progress) => void;
  readonly end: () => void;
}

const MAX_WIDTH = 100;
const line = (step: string, text: string): string =>
  `${step.padEnd(24)}${text}`.slice(0, MAX_WIDTH);

const plainView = (io: Io): ProgressView => {
  const last = new Map<string, string>();
  return {
    show: ({ step, text }) => {
      const name = step ?? "run";
      if (last.get(name) === text) return;
      last.set(name, text);
      io.err(line(name, text));
    },
    end: () => {},
  };
};

const liveView = (stream: NodeJS.WriteStream): ProgressView => {
  const draw = createLogUpdate(stream);
  const lines = new Map<string, string>();
  return {
    show: ({ step, text }) => {
      lines.set(step ?? "run", text);
      draw([...lines].map(([name, said]) => line(name, said)).join("\n"));
    },
    end: () => draw.done(),
  };
};

/** `stream` is where a person watches (stderr). */
export const createProgressView = (io: Io, stream: NodeJS.WriteStream): ProgressView =>
  io.live ? liveView(stream) : plainView(io);

import { z } from "zod";
import type { History } from "./history.ts";

const subject = z.object({
  recent: z.array(
    z.object({ start: z.number(), end: z.number(), candidate: z.boolean(), quiet: z.boolean() }),
  ),
  open: z.boolean(),
  since: z.number().nullable(),
});

const state = z.object({
  version: z.literal(1),
  /** End of the last window that was judged. */
  judgedUntil: z.number().nullable(),
  /** Length that `window: auto` settled on. */
  lengthMs: z.number().nullable(),
  history: z.record(z.string(), subject),
  /** Windows that were judged, oldest first: what volume and pooling compare with. `digest` tells the same rows given twice. */
  windows: z.array(
    z.object({
      start: z.number(),
      end: z.number(),
      rows: z.number(),
      digest: z.string().nullable(),
    }),
  ),
  /** Figures of the windows that were judged, oldest first, by name: what run-length tests are folded over. */
  series: z.record(z.string(), z.array(z.number())).optional(),
});

/** What a Monitor remembers between two runs. Plain JSON; keep it whole and hand it back. */
export interface MonitorState {
  readonly version: 1;
  readonly judgedUntil: number | null;
  readonly lengthMs: number | null;
  readonly history: History;
  readonly windows: readonly {
    readonly start: number;
    readonly end: number;
    readonly rows: number;
    readonly digest: string | null;
  }[];
  readonly series?: Readonly<Record<string, readonly number[]>> | undefined;
}

export const NO_STATE: MonitorState = {
  version: 1,
  judgedUntil: null,
  lengthMs: null,
  history: {},
  windows: [],
};

/** A state that was stored as JSON; `NO_STATE` for null and for what cannot be read. Never throws. */
export const readState = (value: unknown): MonitorState => {
  const result = state.safeParse(value);
  return result.success ? result.data : NO_STATE;
};

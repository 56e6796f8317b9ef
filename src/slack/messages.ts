/** What stands at a place, and since when. `hash` is of the rendering; "" when it is not known. */
export interface Shown {
  readonly ref: string;
  readonly hash: string;
  readonly atMs: number;
}

/**
 * The index that finds a message again; a place is "channel/ts". The port keeps it for every effect that it posts or edits;
 * `put` is for places that nobody posts to (a run's channel).
 */
export interface MessageIndex {
  readonly get: (effectKey: string) => Promise<string | null>;
  readonly put: (effectKey: string, ref: string) => Promise<void>;
  readonly shown: (effectKey: string) => Promise<Shown | null>;
  readonly show: (effectKey: string, ref: string, hash: string) => Promise<void>;
  /** The effect that is shown at a place: which run's thread this is, which approval this message asks for. */
  readonly effectAt: (ref: string) => Promise<string | null>;
}

/** Posts whose answer is not there (yet), kept so that a crash does not post blindly once more. */
export interface PostMarks {
  readonly mark: (
    effectKey: string,
  ) => Promise<{ readonly atMs: number; readonly tries: number } | null>;
  readonly setMark: (effectKey: string, tries: number) => Promise<void>;
}

export interface MessageRef {
  readonly channel: string;
  readonly ts: string;
}

export const formatRef = (ref: MessageRef): string => `${ref.channel}/${ref.ts}`;

/** Null for anything that `formatRef` did not make. */
export const parseRef = (text: string | null): MessageRef | null => {
  const at = text?.indexOf("/") ?? -1;
  if (text === null || at < 1) return null;
  return { channel: text.slice(0, at), ts: text.slice(at + 1) };
};

/** Where a shown thing lies: "channel/ts". The index that finds a message again. */
export interface MessageIndex {
  readonly get: (effectKey: string) => Promise<string | null>;
  readonly put: (effectKey: string, ref: string) => Promise<void>;
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

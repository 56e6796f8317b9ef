import type { KnownBlock } from "./slack-types.ts";

/** A message as it is posted: `text` carries it whole for screen readers and notifications. */
export interface Rendered {
  readonly text: string;
  readonly blocks: KnownBlock[];
  /** The next plainer form, sent where the workspace refuses these blocks; its text says the same. */
  readonly fallback?: Rendered;
}

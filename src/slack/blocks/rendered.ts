import type { KnownBlock } from "./slack-types.ts";

/**
 * A message as it is posted: `text` carries it whole for screen readers and notifications. `fallback` is the same message in
 * blocks that every workspace knows, for one that refuses a newer block (plan, table).
 */
export interface Rendered {
  readonly text: string;
  readonly blocks: KnownBlock[];
  readonly fallback?: KnownBlock[];
}

/**
 * What arrives from outside is a row before it is acknowledged, and done only when it was dealt with; what a crash left
 * undone is taken again. Each row belongs to one `source`.
 */
export interface Inbox {
  /** Durable when it resolves; the row is leased to the caller. False: it arrived before. */
  readonly receive: (row: {
    readonly source: string;
    readonly key: string;
    readonly body: unknown;
  }) => Promise<boolean>;
  /** Rows that are not done and that nobody has leased, oldest first; leased to the caller now. `tries` counts takings. */
  readonly take: (
    source: string,
    limit: number,
  ) => Promise<readonly { readonly key: string; readonly body: unknown; readonly tries: number }[]>;
  readonly done: (key: string) => Promise<void>;
}

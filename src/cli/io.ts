/** Where a command writes. `live` is true where a person watches a terminal that can redraw lines. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly live: boolean;
  readonly json: boolean;
}

/** Exit codes, as `--help` documents them. */
export const EXIT = {
  ok: 0,
  bug: 1,
  input: 2,
  refused: 3,
  notFound: 4,
  blocked: 5,
  retry: 75,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Prints an answer: the object itself with --json, else the words that `render` makes of it. */
export const answer = <T>(io: Io, value: T, render: (value: T) => string): void =>
  io.out(io.json ? JSON.stringify(value, null, 2) : render(value));

import type { Io } from "./io.ts";
import type { OpenSession } from "./session.ts";

/** What every command gets. `stderr` is the stream that live progress is drawn on; `stop` aborts on Ctrl-C. */
export interface CliContext {
  readonly io: Io;
  readonly open: OpenSession;
  readonly stderr: NodeJS.WriteStream;
  readonly stop: AbortSignal;
  /** Asks the person at the terminal for a line; null where nobody sits there (a script, --json). */
  readonly ask: ((question: string) => Promise<string>) | null;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly key?: string;
  readonly wait?: boolean;
}

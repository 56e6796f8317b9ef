/** One settled model call; `call` is turn and try. */
export interface SettledCall {
  readonly call: string;
  readonly step: string | null;
  readonly phase: 1 | 2 | 3 | 4 | null;
  readonly model: string;
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly read: number;
    readonly write5m: number;
    readonly write1h: number;
  };
  readonly microUsd: number;
  readonly superseded: boolean;
}

/** What Claude has cost, call by call, oldest first. */
export interface UsageReader {
  readonly calls: (query: {
    readonly runId?: string;
    readonly sinceMs?: number;
    readonly limit?: number;
  }) => Promise<readonly SettledCall[]>;
}

/** What people say and see of Claude. */
export interface ClaudePort {
  /** Every conversation of a run, built again from its records; `differs` null: each request came out the same. */
  readonly replay: (runId: string) => Promise<
    readonly {
      readonly specialist: string;
      readonly turns: number;
      readonly calls: number;
      readonly differs: string | null;
    }[]
  >;
}

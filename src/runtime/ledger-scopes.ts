import type { BudgetScope } from "../engine/command.ts";
import type { RunState } from "../engine/state.ts";
import { usd } from "../lib/money.ts";
import type { WorkspaceConfig } from "../spec/config.ts";
import type { AttemptRow } from "../store/rows.ts";

/** Scopes that a reservation is held in; hours are counted, not held. */
export const HELD_SCOPES = [
  "run.usd",
  "run.tokens",
  "phase.usd",
  "phase.tokens",
  "day.usd",
  "workspace.usd",
] as const satisfies readonly BudgetScope[];
type HeldScope = (typeof HELD_SCOPES)[number];

/** Calendar day of the workspace's time zone, `2026-11-25`. An unknown zone counts as UTC. */
const dayIn = (nowMs: number, timeZone: string): string => {
  try {
    return new Intl.DateTimeFormat("en-CA", { timeZone }).format(nowMs);
  } catch {
    return new Date(nowMs).toISOString().slice(0, 10);
  }
};

export interface Place {
  readonly runId: string;
  readonly phase: 1 | 2 | 3 | 4;
  readonly nowMs: number;
  readonly timezone: string;
}

/** The ledger's name of a scope at one place and time. */
export const scopeKey = (scope: BudgetScope, { nowMs, phase, runId, timezone }: Place): string => {
  const [level, unit] = scope.split(".");
  switch (level) {
    case "run":
      return `run/${runId}/${unit}`;
    case "phase":
      return `phase/${runId}/${phase}/${unit}`;
    case "day":
      return `day/${dayIn(nowMs, timezone)}/${unit}`;
    default:
      return `workspace/${dayIn(nowMs, timezone).slice(0, 7)}/${unit}`;
  }
};

/** What each scope may spend. `raised`: people may have raised it in the ledger alone, so a higher cap there stands. */
export type Caps = readonly {
  readonly scope: HeldScope;
  readonly key: string;
  readonly cap: number | null;
  readonly raised: boolean;
}[];

const capIn = (
  scope: HeldScope,
  state: RunState,
  budget: WorkspaceConfig["budget"],
): number | null => {
  const micro = (amount: number | undefined) => (amount === undefined ? null : usd(amount));
  switch (scope) {
    case "run.usd":
      return state.budget.run.microUsd;
    case "run.tokens":
      return state.budget.run.tokens;
    case "phase.usd":
      return state.budget.phase.microUsd;
    case "phase.tokens":
      return state.budget.phase.tokens;
    case "day.usd":
      return micro(budget.day.usd);
    case "workspace.usd":
      return micro(budget.workspace.usd);
    default:
      return scope satisfies never;
  }
};

/** Every held scope with its cap: of the run as events have left it, of day and month as the configuration states. */
export const capsOf = (
  state: RunState,
  phase: 1 | 2 | 3 | 4,
  budget: WorkspaceConfig["budget"],
  nowMs: number,
  timezone: string,
): Caps =>
  HELD_SCOPES.map((scope) => ({
    scope,
    key: scopeKey(scope, { runId: state.runId, phase, nowMs, timezone }),
    cap: capIn(scope, state, budget),
    raised: scope === "day.usd" || scope === "workspace.usd",
  }));

/** Working time of attempts together, milliseconds: from the claim to the last change, or to now while one is live. */
export const elapsedMs = (attempts: readonly AttemptRow[], nowMs: number): number =>
  attempts.reduce(
    (sum, { changedAt, createdAt, status }) =>
      sum + ((status === "claimed" ? nowMs : changedAt) - createdAt),
    0,
  );

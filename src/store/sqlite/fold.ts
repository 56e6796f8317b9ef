import type { LoggedEvent, RunEvent } from "../../engine/event.ts";
import type { RunState } from "../../engine/state.ts";
import type { LlmCallRow, Stamps } from "../rows.ts";

/** Raise it when `evolve` or the shape of `Folded` changes: snapshots of another version are not used. */
export const FOLD_VERSION = 2;

/** The engine's reducer. */
export interface Reducer {
  readonly evolve: (
    state: RunState,
    event: RunEvent,
    meta: Omit<LoggedEvent, "body" | "prev" | "hash">,
  ) => RunState;
  readonly emptyRun: (runId: string) => RunState;
}

/** What the log of one run comes to: the engine's state, when each of its parts came and changed, and the model calls. */
export interface Folded {
  readonly state: RunState;
  readonly stamps: Readonly<Record<string, Stamps>>;
  readonly calls: Readonly<Record<string, LlmCallRow>>;
}

/** Names of the parts of a state that are rows of their own: `step/<key>`, `vote/<approval>/<voter>`, `call/<attempt>/<call>` … */
export type PartKey = string;

export const emptyFold = (reducer: Reducer, runId: string): Folded => ({
  state: reducer.emptyRun(runId),
  stamps: {},
  calls: {},
});

type Parts = Readonly<Record<string, unknown>>;

const votesOf = (state: RunState): Parts =>
  Object.fromEntries(
    Object.values(state.approvals).flatMap((approval) =>
      approval.votes.map((vote) => [
        `${approval.approvalId}/${vote.onBehalfOf ?? vote.person}`,
        vote,
      ]),
    ),
  );

const GROUPS: readonly {
  readonly kind: string;
  readonly source: (state: RunState) => unknown;
  readonly parts: (state: RunState) => Parts;
}[] = [
  { kind: "phase", source: (s) => s.phases, parts: (s) => s.phases },
  { kind: "step", source: (s) => s.steps, parts: (s) => s.steps },
  { kind: "attempt", source: (s) => s.attempts, parts: (s) => s.attempts },
  { kind: "approval", source: (s) => s.approvals, parts: (s) => s.approvals },
  { kind: "vote", source: (s) => s.approvals, parts: votesOf },
  { kind: "comment", source: (s) => s.comments, parts: (s) => s.comments },
];

const differs = (a: unknown, b: unknown): boolean =>
  a !== b && JSON.stringify(a) !== JSON.stringify(b);

/** Parts that one event changed. The first event makes every part that is then there. */
const changedParts = (before: RunState, after: RunState, first: boolean): readonly PartKey[] =>
  GROUPS.filter((group) => first || group.source(before) !== group.source(after)).flatMap(
    ({ kind, parts }) => {
      const old: Parts = first ? {} : parts(before);
      const now = parts(after);
      const gone = Object.keys(old).filter((key) => !Object.hasOwn(now, key));
      const other = Object.keys(now).filter((key) => differs(old[key], now[key]));
      return [...gone, ...other].map((key) => `${kind}/${key}`);
    },
  );

const callOf = (state: RunState, event: LoggedEvent): LlmCallRow | null => {
  const { body } = event;
  if (body.type !== "UsageSettled") return null;
  const step = state.attempts[body.attemptId]?.step ?? null;
  return {
    attemptId: body.attemptId,
    call: body.call,
    runId: event.runId,
    step,
    phase: step === null ? null : (state.steps[step]?.step.phase ?? null),
    model: body.model,
    tokens: body.tokens,
    microUsd: body.microUsd,
    priceVersion: body.priceVersion,
    outcome: body.outcome,
    corrects: body.corrects ?? null,
    superseded: false,
    at: event.at,
  };
};

const putCall = (calls: Record<string, LlmCallRow>, row: LlmCallRow): readonly PartKey[] => {
  const key = `${row.attemptId}/${row.call}`;
  // A call is settled once: the engine counts the first settlement only.
  if (calls[key] !== undefined) return [];
  calls[key] = row;
  const corrected = row.corrects === null ? null : `${row.attemptId}/${row.corrects}`;
  const old = corrected === null || corrected === key ? undefined : calls[corrected];
  if (corrected === null || old === undefined) return [`call/${key}`];
  calls[corrected] = { ...old, superseded: true };
  return [`call/${key}`, `call/${corrected}`];
};

/** Folds further events on top. `changed` names every part that any of them touched, whether it is still there or not. */
export const foldOn = (
  reducer: Reducer,
  from: Folded,
  events: readonly LoggedEvent[],
): { readonly folded: Folded; readonly changed: ReadonlySet<PartKey> } => {
  let { state } = from;
  const stamps: Record<string, Stamps> = { ...from.stamps };
  const calls: Record<string, LlmCallRow> = { ...from.calls };
  const changed = new Set<PartKey>();
  for (const event of events) {
    const after = reducer.evolve(state, event.body, event);
    const call = callOf(after, event);
    const touched = [
      ...changedParts(state, after, event.seq === 1),
      ...(call === null ? [] : putCall(calls, call)),
    ];
    for (const key of [...touched, "run"]) {
      stamps[key] = { createdAt: stamps[key]?.createdAt ?? event.at, changedAt: event.at };
      changed.add(key);
    }
    state = after;
  }
  return { folded: { state, stamps, calls }, changed };
};

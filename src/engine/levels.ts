import type { ResolvedPolicy } from "./policy.ts";
import type { RunState } from "./state.ts";

const LEVELS = ["unverified", "parsed", "compiled", "executed"] as const;
type Level = (typeof LEVELS)[number];

const rank = (level: Level): number => LEVELS.indexOf(level);

/** Level per deliverable of a phase. A later step's check may raise what an earlier step of the phase delivered. */
export const phaseLevels = (state: RunState, phase: number): Readonly<Record<string, Level>> => {
  const levels: Record<string, Level> = {};
  for (const key of state.order) {
    const step = state.steps[key];
    if (step?.step.phase !== phase) continue;
    for (const [id, level] of Object.entries(step.levels)) {
      const known = levels[id];
      if (known === undefined || rank(level) > rank(known)) levels[id] = level;
    }
  }
  return levels;
};

/** The weakest level of a phase; `unverified` when nothing was verified at all. */
export const lowestOf = (levels: Readonly<Record<string, Level>>): Level => {
  const all = Object.values(levels);
  return all.length === 0
    ? "unverified"
    : all.reduce((low, level) => (rank(level) < rank(low) ? level : low));
};

/** Deliverables of the phase below what the policy asks. A deliverable that the policy names and nothing delivered counts too. */
export const belowLevel = (
  policy: ResolvedPolicy,
  state: RunState,
  phase: number,
): readonly string[] => {
  const levels = phaseLevels(state, phase);
  return state.order
    .flatMap((key) =>
      state.steps[key]?.step.phase === phase ? (state.steps[key]?.step.deliverables ?? []) : [],
    )
    .filter((id) => {
      const need = policy.minLevel[id] ?? policy.minLevel.else ?? "parsed";
      const level = levels[id];
      if (level === undefined) return policy.minLevel[id] !== undefined;
      return rank(level) < rank(need);
    });
};

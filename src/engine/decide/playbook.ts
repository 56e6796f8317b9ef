import type { PlaybookStep } from "../command.ts";

/** Why a playbook cannot be worked in its order: a key twice, or a need that no earlier step of this or an earlier phase meets. */
export const badNeed = (playbook: readonly PlaybookStep[]): string | null => {
  const before = new Map<string, number>();
  for (const step of playbook) {
    if (before.has(step.key)) return `step ${step.key} stands twice in the playbook`;
    const bad = step.needs.find((need) => (before.get(need) ?? 5) > step.phase);
    if (bad !== undefined) return `step ${step.key} needs ${bad}, which does not come before it`;
    before.set(step.key, step.phase);
  }
  return null;
};

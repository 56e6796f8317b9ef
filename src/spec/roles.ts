/** The seven specialists, in the order of the playbook. */
export const ROLES = [
  "data-engineer",
  "data-scientist",
  "ml-engineer",
  "python-pro",
  "mlops-engineer",
  "kubernetes-architect",
  "observability-engineer",
] as const;
export type Role = (typeof ROLES)[number];

/** 1 data & requirements, 2 development & training, 3 deployment & serving, 4 monitoring & improvement. */
export const PHASES = [1, 2, 3, 4] as const;
export type Phase = (typeof PHASES)[number];

export const PHASE_TITLES: Readonly<Record<Phase, string>> = {
  1: "data & requirements",
  2: "development & training",
  3: "deployment & serving",
  4: "monitoring & improvement",
};

/** Every modal; its callback is `modal_<name>`. Open modals carry these names across restarts. */
export const MODAL_NAMES = [
  "start",
  "options",
  "approve",
  "changes",
  "reject",
  "raise",
  "delegate",
  "extend",
  "control",
  "policy",
  "people",
  "incident",
] as const;
export type ModalName = (typeof MODAL_NAMES)[number];

export const callbackOf = (name: ModalName): string => `modal_${name}`;

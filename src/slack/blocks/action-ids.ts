/** The action of every button and menu that messages and Home show; `value` is one id. Old messages carry them for good. */
export const ACTIONS = {
  approve: "handoff_approve",
  requestChanges: "handoff_changes",
  reject: "handoff_reject",
  raise: "budget_raise",
  approvalMore: "approval_more",
  runDetails: "run_details",
  runMore: "run_more",
  stepRetry: "step_retry",
  stepUseDraft: "step_use_draft",
  /** Runs the command that stands in `value`, as if the person had typed it. */
  say: "say",
  /** Opens the modal `<name>:<id>`; where a request came without a trigger (a mention). */
  openModal: "open_modal",
  incidentAck: "incident_ack",
  incidentRetrain: "incident_retrain",
  incidentMore: "incident_more",
  /** Runs the proposal whose id is the value; its person's click alone does. */
  proposalRun: "proposal_run",
} as const;

/** What the menus offer: the chosen option's value is `<one of these>:<id>`. */
export const MENU = {
  evidence: "evidence",
  diff: "diff",
  policy: "policy",
  delegate: "delegate",
  extend: "extend",
  pause: "pause",
  resume: "resume",
  cancel: "cancel",
  rerun: "rerun",
  follow: "follow",
  incidentAssign: "incident_assign",
  incidentSnooze: "incident_snooze",
  incidentFalseAlarm: "incident_false_alarm",
  incidentRollback: "incident_rollback",
  incidentResolve: "incident_resolve",
} as const;
export type MenuChoice = (typeof MENU)[keyof typeof MENU];

/** The value of a menu's option, and back; null for one that no version of ours made. */
export const menuValue = (choice: MenuChoice, id: string): string => `${choice}:${id}`;

export const parseMenuValue = (
  value: string,
): { readonly choice: MenuChoice; readonly id: string } | null => {
  const [choice = "", id = ""] = value.split(":", 2);
  const known = Object.values(MENU).find((one) => one === choice);
  return known && id !== "" ? { choice: known, id } : null;
};

import { delegateModal, extendModal, raiseModal } from "./approval-forms.ts";
import { approveModal } from "./approve.ts";
import { changesModal } from "./changes.ts";
import { controlModal } from "./control.ts";
import type { Modal } from "./define.ts";
import { incidentModal } from "./incident.ts";
import type { ModalName } from "./names.ts";
import { peopleModal } from "./people.ts";
import { policyModal } from "./policy.ts";
import { rejectModal } from "./reject.ts";
import { optionsModal, startModal } from "./start.ts";

export const ALL_MODALS: readonly Modal[] = [
  startModal,
  optionsModal,
  approveModal,
  changesModal,
  rejectModal,
  raiseModal,
  delegateModal,
  extendModal,
  controlModal,
  peopleModal,
  policyModal,
  incidentModal,
];

/** The modal of a name; undefined for one of another version. */
export const modalOf = (name: ModalName): Modal | undefined =>
  ALL_MODALS.find((modal) => modal.name === name);

import { approveModal } from "./approve.ts";
import { changesModal } from "./changes.ts";
import { controlModal } from "./control.ts";
import type { Modal } from "./define.ts";
import type { ModalName } from "./names.ts";
import { rejectModal } from "./reject.ts";

const MODALS: readonly Modal[] = [approveModal, changesModal, rejectModal, controlModal];

/** The modal of a name; undefined for one of another version. */
export const modalOf = (name: ModalName): Modal | undefined =>
  MODALS.find((modal) => modal.name === name);

export const ALL_MODALS = MODALS;

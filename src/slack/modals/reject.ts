import { section } from "../blocks/elements.ts";
import type { ModalView } from "../blocks/slack-types.ts";
import { fieldError, type Modal } from "./define.ts";
import { field, modal, textInput } from "./form.ts";
import {
  behalf,
  castVote,
  readForVote,
  type Shown,
  stateOf,
  summary,
  VoteState,
  voterField,
} from "./vote.ts";

const FOLLOWS: Readonly<Record<string, string>> = {
  handoff:
    "The run stops here and stays paused until a person resumes it, reruns it or cancels it.",
  budget: "The budget stays as it is and the run stays paused.",
  release: "Nothing is released.",
};

const build = (shown: Shown): ModalView =>
  modal({
    name: "reject",
    title: "Reject",
    submit: "Reject",
    state: stateOf(shown),
    blocks: [
      ...summary(shown),
      section(`What happens: ${FOLLOWS[shown.approval.kind] ?? ""}`),
      field("reason", "Why?", textInput({ multiline: true })),
      ...voterField(shown),
    ],
  });

/** Reject: a reason is required. */
export const rejectModal: Modal = {
  name: "reject",
  errorField: "reason",
  prepare: async (deps, asker, id) => build(await readForVote(deps, asker, id)),
  submit: async (deps, asker, { state: raw, values }) => {
    const state = VoteState.parse(raw);
    const reason = values.text("reason");
    if (reason === null)
      return fieldError("reason", "Say why: the specialists and people read it.");
    return castVote(
      deps,
      asker,
      state,
      {
        decision: "reject",
        comments: [{ text: reason, severity: "must" }],
        ...behalf(asker, values.chosen("voter")),
      },
      build,
    );
  },
};

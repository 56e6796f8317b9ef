import { UserInputError } from "../../lib/errors.ts";
import { levelWaive } from "../../operations/level-waive.ts";
import { perform } from "../asker.ts";
import type { KnownBlock, ModalView } from "../blocks/slack-types.ts";
import { fieldError, type Modal } from "./define.ts";
import { alert, field, modal, textInput } from "./form.ts";
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

const warningsOf = ({ approval, handoff }: Shown): readonly string[] => {
  const steps = handoff?.steps ?? [];
  const failed = steps.reduce((sum, step) => sum + step.checks.failed, 0);
  const skipped = steps.reduce((sum, step) => sum + step.checks.skipped, 0);
  return [
    ...(approval.below_level.length > 0
      ? [`below the policy's level: ${approval.below_level.join(", ")}`]
      : []),
    ...(failed > 0 ? [`${failed} checks failed`] : []),
    ...(skipped > 0 ? [`${skipped} checks could not run here, so nothing verified them`] : []),
    ...(approval.risk === "high" ? ["the risk is high"] : []),
  ];
};

const waiverField = ({ approval }: Shown): readonly KnownBlock[] =>
  approval.below_level.length === 0
    ? []
    : [
        field(
          "waiver",
          "Waiver: why may it pass below the level?",
          textInput({ multiline: true }),
          { hint: "Only the owner may; it stands in the audit log before the vote." },
        ),
      ];

// A waiver is a reason already, and the risk alone is confirmed by typing; what failed or was not verified needs words.
const needsNote = (shown: Shown): boolean =>
  (shown.handoff?.steps ?? []).some(({ checks }) => checks.failed > 0);

const build = (shown: Shown): ModalView => {
  const { approval, owner } = shown;
  if (approval.below_level.length > 0 && !owner) {
    throw new UserInputError(
      "BELOW_LEVEL",
      `below the policy's verification level: ${approval.below_level.join(", ")}`,
      { next: `ask ${approval.owner} to waive it with a reason, or request changes` },
    );
  }
  const warnings = warningsOf(shown);
  const high = approval.risk === "high";
  const state: VoteState = {
    ...stateOf(shown),
    waive: approval.below_level.length > 0,
    ...(high ? { confirm: approval.run } : {}),
  };
  return modal({
    name: "approve",
    title: "Approve",
    submit: "Approve",
    state,
    blocks: [
      ...(warnings.length > 0 ? [alert(`Look twice: ${warnings.join("; ")}.`)] : []),
      ...summary(shown),
      ...waiverField(shown),
      field("note", "Note", textInput({ multiline: true }), { optional: !needsNote(shown) }),
      ...(high
        ? [
            field("confirm", `Type ${approval.run} to confirm`, textInput({ max: 100 }), {
              hint: "The risk is high, so a click is not enough.",
            }),
          ]
        : []),
      ...voterField(shown),
    ],
  });
};

/** Approve: warnings first, the owner's waiver where a level is missing, the run's name typed where the risk is high. */
export const approveModal: Modal = {
  name: "approve",
  errorField: "note",
  prepare: async (deps, asker, id) => build(await readForVote(deps, asker, id)),
  submit: async (deps, asker, { state: raw, values }) => {
    const state = VoteState.parse(raw);
    const typed = values.text("confirm");
    if (state.confirm !== undefined && typed?.toLowerCase() !== state.confirm.toLowerCase())
      return fieldError("confirm", `Expected "${state.confirm}", got "${typed ?? ""}".`);
    const waiver = values.text("waiver");
    if (state.waive && waiver === null)
      return fieldError("waiver", "Say why it may pass below the level.");
    if (state.waive && waiver !== null)
      await perform(deps, asker, levelWaive, { approval: state.approval, reason: waiver });
    const note = values.text("note");
    return castVote(
      deps,
      asker,
      state,
      {
        decision: "approve",
        comments: note === null ? [] : [{ text: note }],
        ...behalf(asker, values.chosen("voter")),
      },
      build,
    );
  },
};

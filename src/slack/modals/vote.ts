import { z } from "zod";
import { isProductError, UserInputError } from "../../lib/errors.ts";
import { canonicalJson, sha256 } from "../../lib/hash.ts";
import { approvalGet } from "../../operations/approval-get.ts";
import { approvalVote } from "../../operations/approval-vote.ts";
import { handoffGet } from "../../operations/handoff-get.ts";
import { voteCheck } from "../../operations/vote-check.ts";
import { type Asker, perform } from "../asker.ts";
import type { ApprovalAnswer, HandoffAnswer } from "../blocks/approval/approval-view.ts";
import { voteLine } from "../blocks/approval/decision.ts";
import { context, fields, option, section } from "../blocks/elements.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { KnownBlock, ModalView } from "../blocks/slack-types.ts";
import { stateWords } from "../blocks/state-words.ts";
import type { SlackDeps } from "../deps.ts";
import { refreshGroups } from "../groups.ts";
import { done, type Submitted } from "./define.ts";
import { alert, field, selectInput } from "./form.ts";

/** What an open vote modal carries: ids, and the hash and revision of what was shown. */
export const VoteState = z.object({
  approval: z.string(),
  run: z.string(),
  run_id: z.string(),
  revision: z.number(),
  manifest: z.string().optional(),
  /** The text that confirms a vote of high risk; absent: none is asked. */
  confirm: z.string().optional(),
  /** The owner's waiver has to come with it. */
  waive: z.boolean().default(false),
});
export type VoteState = z.infer<typeof VoteState>;

/** What a vote modal is made from. */
export interface Shown {
  readonly approval: ApprovalAnswer;
  readonly handoff: HandoffAnswer | null;
  readonly voters: readonly { readonly id: string; readonly name: string }[];
  readonly owner: boolean;
}

const closedWords = (approval: ApprovalAnswer): string => {
  const last = approval.votes.at(-1);
  const who = last ? ` ${voteLine(last)}.` : "";
  return approval.status === "voided"
    ? `This request was voided${approval.voided_because ? `: ${approval.voided_because}` : ""}. Nothing was changed; the newest request is in the thread.`
    : `This was decided already (${stateWords(approval.status)}).${who} Nothing was changed.`;
};

/** What keeps an account from deciding; null for a full member of this workspace. Asked of Slack, not of the payload. */
const accountKind = async ({ port }: SlackDeps, { user }: Asker) => {
  const { bot, deleted, foreign, guest } = await port.account(user);
  if (bot) return { account: "bot" } as const;
  if (deleted) return { account: "deactivated" } as const;
  if (foreign) return { account: "foreign" } as const;
  return guest ? ({ account: "guest" } as const) : {};
};

/**
 * Reads an approval for someone who wants to vote. UserInputError with who may do it instead: NOT_AN_APPROVER, SELF_APPROVAL
 * (both audited), CLOSED, or UNKNOWN_PERSON.
 */
export const readForVote = async (deps: SlackDeps, asker: Asker, id: string): Promise<Shown> => {
  const approval = await deps.call(approvalGet, { approval: id });
  if (!approval.open) throw new UserInputError("CLOSED", closedWords(approval));
  await refreshGroups(deps, approval.groups);
  const check = await perform(deps, asker, voteCheck, {
    approval: id,
    ...(await accountKind(deps, asker)),
  });
  const handoff =
    approval.kind === "handoff"
      ? await deps.call(handoffGet, { approval: approval.approval_id })
      : null;
  return { approval, handoff, voters: check.voters, owner: check.owner };
};

/** What is decided on, at the head of every vote modal. */
export const summary = ({ approval, handoff }: Shown): readonly KnownBlock[] => [
  section(
    handoff
      ? `${handoff.run}: ${handoff.title}\n${handoff.headline}`
      : `${approval.run}: ${approval.kind} approval`,
    600,
  ),
  ...(handoff ? [fields(handoff.numbers)] : []),
  context(
    [
      `revision ${approval.revision}`,
      ...(approval.manifest ? [`manifest sha256:${approval.manifest.slice(0, 12)}`] : []),
      `policy ${approval.policy_version}`,
      `risk ${approval.risk}`,
    ].join(" · "),
  ),
];

/** Whom the vote is for, where somebody delegated theirs. */
export const voterField = ({ voters }: Shown): readonly KnownBlock[] =>
  voters.length < 2
    ? []
    : [
        field(
          "voter",
          "Vote for",
          selectInput(
            voters.slice(0, 100).map((person) => option(person.name, person.id)),
            voters[0]?.id,
          ),
        ),
      ];

export const stateOf = ({ approval }: Shown): VoteState => ({
  approval: approval.approval_id,
  run: approval.run,
  run_id: approval.run_id,
  revision: approval.revision,
  waive: false,
  ...(approval.manifest ? { manifest: approval.manifest } : {}),
});

type VoteInput = Omit<z.input<typeof approvalVote.input>, "approval" | "manifest">;

const OUTCOMES: Readonly<Record<string, string>> = {
  approved: "Approved",
  changes_requested: "Changes requested",
  rejected: "Rejected",
  recorded: "Your vote is recorded; more are needed",
};

const cast = async (
  deps: SlackDeps,
  asker: Asker,
  state: VoteState,
  input: VoteInput,
): Promise<Submitted> => {
  const { person } = asker.actor;
  const body = sha256(canonicalJson(input));
  const { groups } = await deps.call(approvalGet, { approval: state.approval });
  await refreshGroups(deps, groups);
  const voted = await perform(
    deps,
    asker,
    approvalVote,
    {
      approval: state.approval,
      ...input,
      ...(await accountKind(deps, asker)),
      ...(state.manifest === undefined ? {} : { manifest: state.manifest }),
    },
    `vote/${state.approval}/${state.revision}/${person}/${body}`,
  );
  const unclear = voted.not_understood.map((line) => `Not understood: ${line}.`).join(" ");
  const understood = voted.understood.map((line) => `Understood: ${line}.`).join(" ");
  return done(
    renderLine(
      [`${OUTCOMES[voted.outcome] ?? voted.outcome}: ${voted.run}.`, understood, unclear]
        .filter((part) => part !== "")
        .join(" "),
    ),
  );
};

const CHANGED = ["STALE_CONTENT", "CLOSED", "UNKNOWN"];

const difference = (old: VoteState, now: ApprovalAnswer, handoff: HandoffAnswer | null): string => {
  const short = (hash: string | undefined) => (hash ?? "–").slice(0, 12);
  const lines = handoff
    ? ` Its diff is now +${handoff.diff.added} −${handoff.diff.removed} in ${handoff.diff.files} files.`
    : "";
  return `The evidence changed while this was open: revision ${old.revision} → ${now.revision}, manifest ${short(old.manifest)} → ${short(now.manifest)}.${lines} Nothing was voted.`;
};

/** The form again, on what would be decided now; the old one named other bytes. Null when there is nothing to decide any more. */
const freshForm = async (
  deps: SlackDeps,
  asker: Asker,
  state: VoteState,
  rebuild: (shown: Shown) => ModalView,
): Promise<ModalView | null> => {
  const old = await deps.call(approvalGet, { approval: state.approval });
  const id = old.open ? old.approval_id : old.replaced_by;
  if (id === undefined) return null;
  const shown = await readForVote(deps, asker, id);
  const view = rebuild(shown);
  return {
    ...view,
    blocks: [alert(difference(state, shown.approval, shown.handoff)), ...view.blocks],
  };
};

/** Casts a vote. When what was shown is no longer what would be decided, gives the fresh form instead of an error. */
export const castVote = async (
  deps: SlackDeps,
  asker: Asker,
  state: VoteState,
  input: VoteInput,
  rebuild: (shown: Shown) => ModalView,
): Promise<Submitted> => {
  try {
    return await cast(deps, asker, state, input);
  } catch (error) {
    if (!isProductError(error) || !CHANGED.includes(error.code)) throw error;
    const view = await freshForm(deps, asker, state, rebuild);
    if (view) return { kind: "view", view };
    const now = await deps.call(approvalGet, { approval: state.approval });
    throw new UserInputError("CLOSED", closedWords(now), { cause: error });
  }
};

/** `on_behalf_of` for a vote cast for somebody else. */
export const behalf = (asker: Asker, voter: string | null): { readonly on_behalf_of?: string } =>
  voter === null || voter === asker.actor.person ? {} : { on_behalf_of: voter };

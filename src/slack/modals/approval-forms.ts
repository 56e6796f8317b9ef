import { z } from "zod";
import { UserInputError } from "../../lib/errors.ts";
import { approvalExtend } from "../../operations/approval-extend.ts";
import { approvalGet } from "../../operations/approval-get.ts";
import { votesDelegate } from "../../operations/votes-delegate.ts";
import { mustBeKnown, perform } from "../asker.ts";
import type { ApprovalAnswer } from "../blocks/approval/approval-view.ts";
import { deciders } from "../blocks/approval/decision.ts";
import { section, utc } from "../blocks/elements.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { ModalView } from "../blocks/slack-types.ts";
import { scopedAmount } from "../blocks/state-words.ts";
import { done, fieldError, type Modal } from "./define.ts";
import { field, modal, numberInput, textInput } from "./form.ts";
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

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_DELEGATION_DAYS = 7;

const unitOf = (approval: ApprovalAnswer): "usd" | "tokens" | "ms" => {
  const unit = approval.ask?.kind === "budget" ? approval.ask.scope.split(".")[1] : "usd";
  return unit === "tokens" || unit === "ms" ? unit : "usd";
};

const UNIT_WORDS = { usd: "USD", tokens: "tokens", ms: "hours" } as const;

const RaiseState = VoteState.extend({ unit: z.enum(["usd", "tokens", "ms"]).default("usd") });

const buildRaise = (shown: Shown): ModalView => {
  const { approval } = shown;
  const unit = unitOf(approval);
  const ask = approval.ask?.kind === "budget" ? approval.ask : null;
  const asked = ask
    ? `It needs ${scopedAmount(ask.scope, ask.need)} and has ${scopedAmount(ask.scope, ask.have)} left.`
    : "";
  return modal({
    name: "raise",
    title: "Raise the budget",
    submit: "Raise",
    state: { ...stateOf(shown), unit },
    blocks: [
      ...summary(shown),
      section(
        `${asked} ${deciders(approval)} may decide; your vote carries the amount, and it counts with equal ones.`,
      ),
      field("amount", `Raise to, in ${UNIT_WORDS[unit]}`, numberInput(undefined, 0), {
        hint: "The whole limit, not what is added.",
      }),
      field("reason", "Why?", textInput({ multiline: true }), { optional: true }),
      ...voterField(shown),
    ],
  });
};

const raiseInput = (unit: "usd" | "tokens" | "ms", amount: number) => {
  if (unit === "usd") return { raise_to_usd: amount };
  return unit === "tokens" ? { raise_to_tokens: Math.round(amount) } : { raise_to_hours: amount };
};

/** Approves a budget: the vote signs the amount to raise it to. */
export const raiseModal: Modal = {
  name: "raise",
  errorField: "amount",
  prepare: async (deps, asker, id) => {
    const shown = await readForVote(deps, asker, id);
    if (shown.approval.kind === "budget") return buildRaise(shown);
    throw new UserInputError("NOT_A_BUDGET", `${shown.approval.run} waits for no budget`, {
      next: "approvals",
    });
  },
  submit: async (deps, asker, { state: raw, values }) => {
    const state = RaiseState.parse(raw);
    const amount = Number(values.text("amount") ?? "");
    if (!Number.isFinite(amount) || amount <= 0)
      return fieldError("amount", "Expected an amount above 0.");
    const reason = values.text("reason");
    return castVote(
      deps,
      asker,
      state,
      {
        decision: "approve",
        comments: reason === null ? [] : [{ text: reason }],
        ...raiseInput(state.unit, amount),
        ...behalf(asker, values.chosen("voter")),
      },
      buildRaise,
    );
  },
};

const TargetState = z.object({ approval: z.string(), run_id: z.string(), run: z.string() });

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Lets somebody else vote for the one who asks, in one run, until a day. */
export const delegateModal: Modal = {
  name: "delegate",
  errorField: "to",
  prepare: async (deps, asker, id) => {
    await mustBeKnown(deps, asker, false);
    const approval = await deps.call(approvalGet, { approval: id });
    return modal({
      name: "delegate",
      title: "Delegate my votes",
      submit: "Delegate",
      state: { approval: approval.approval_id, run_id: approval.run_id, run: approval.run },
      blocks: [
        section(
          `${approval.run}: somebody else votes for you, and their vote says so. It ends by itself, and nobody votes on their own run through it.`,
        ),
        field("to", "Who votes for you", { type: "users_select" }),
        field("until", "Until the end of", {
          type: "datepicker",
          initial_date: dayOf(deps.nowMs() + DEFAULT_DELEGATION_DAYS * DAY_MS),
        }),
      ],
    });
  },
  submit: async (deps, asker, { state: raw, values }) => {
    const state = TargetState.parse(raw);
    await mustBeKnown(deps, asker, false);
    const user = values.user("to");
    const date = values.date("until");
    if (user === null) return fieldError("to", "Choose who votes for you.");
    if (date === null) return fieldError("until", "Choose the last day.");
    const person = await deps.findPerson(asker.team, user);
    if (person === null)
      return fieldError("to", "I do not know this person. An admin adds people under Settings.");
    const result = await perform(deps, asker, votesDelegate, {
      run_id: state.run_id,
      to: person.id,
      until: `${date}T23:59:59Z`,
    });
    return done(
      renderLine(`${result.to} votes for you in ${result.run} until ${utc(result.until)}.`),
    );
  },
};

/** More time for an approval, by the owner; an expired one takes votes again. */
export const extendModal: Modal = {
  name: "extend",
  errorField: "until",
  prepare: async (deps, asker, id) => {
    await mustBeKnown(deps, asker, false);
    const approval = await deps.call(approvalGet, { approval: id });
    if (asker.actor.person !== approval.owner) {
      throw new UserInputError("OWNER_ONLY", "only the owner gives an approval more time", {
        next: `ask ${approval.owner || "whoever claims this home"}`,
      });
    }
    const at = Math.max(deps.nowMs(), Date.parse(approval.expires_at)) + DAY_MS;
    return modal({
      name: "extend",
      title: "Extend the deadline",
      submit: "Extend",
      state: { approval: approval.approval_id, run_id: approval.run_id, run: approval.run },
      blocks: [
        section(`${approval.run}: people have until ${utc(approval.expires_at)}.`),
        field("until", "New deadline", {
          type: "datetimepicker",
          initial_date_time: Math.floor(at / 1000),
        }),
      ],
    });
  },
  submit: async (deps, asker, { state: raw, values }) => {
    const state = TargetState.parse(raw);
    const untilMs = values.dateTimeMs("until");
    if (untilMs === null || untilMs <= deps.nowMs())
      return fieldError("until", "A deadline lies in the future.");
    const result = await perform(deps, asker, approvalExtend, {
      approval: state.approval,
      until: new Date(untilMs).toISOString(),
    });
    return done(renderLine(`${result.run}: people may decide until ${utc(result.expires_at)}.`));
  },
};

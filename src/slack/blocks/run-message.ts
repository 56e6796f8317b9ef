import type { z } from "zod";
import type { runCard } from "../../operations/run-card.ts";
import { PHASE_TITLES, type Phase } from "../../spec/roles.ts";
import { cut } from "../escape.ts";
import { LIMITS } from "../limits.ts";
import { ACTIONS, MENU, menuValue } from "./action-ids.ts";
import {
  actions,
  button,
  context,
  money,
  option,
  overflow,
  section,
  sentences,
} from "./elements.ts";
import type { Rendered } from "./rendered.ts";
import type { ActionsElement, KnownBlock } from "./slack-types.ts";
import { elapsed, roleTitle, runWords } from "./state-words.ts";

export type RunCard = z.output<typeof runCard.output>;
type Step = RunCard["steps"][number];
type TaskStatus = "pending" | "in_progress" | "complete" | "error";

const MAX_REPAIRS = 2;

const taskStatus = ({ blocked, status }: Step): TaskStatus => {
  if (blocked?.on === "person") return "error";
  if (status === "accepted") return "complete";
  return ["working", "checking", "submitted"].includes(status) ? "in_progress" : "pending";
};

const SYMBOLS: Readonly<Record<TaskStatus, string>> = {
  pending: "○",
  in_progress: "●",
  complete: "✓",
  error: "✕",
};

const STEP_WORDS: Readonly<Record<string, string>> = {
  blocked: "waiting",
  ready: "next",
  working: "working",
  checking: "checking",
  submitted: "waits for the handoff",
  accepted: "done",
  stale: "to be done again",
};

const stepState = (step: Step): string => {
  if (step.blocked?.on === "person") return `blocked, needs a person (${step.blocked.code})`;
  const words = STEP_WORDS[step.status] ?? step.status;
  const busy = step.status === "working" || step.status === "checking";
  if (busy && step.repair_round > 0)
    return `${words}, repair ${step.repair_round} of ${MAX_REPAIRS}`;
  return busy && step.kind === "revise" ? `${words}, asked for changes` : words;
};

/** One specialist's line: who, and where the work stands. */
export const stepLine = (step: Step): string =>
  cut(`${roleTitle(step.specialist)}: ${stepState(step)}`, LIMITS.taskTitle);

const planTitle = ({ phase, status }: RunCard): string => {
  if (phase === null) return "All four phases are done";
  const title = PHASE_TITLES[phase as Phase] ?? "";
  return status === "running" || status === "paused"
    ? `Phase ${phase} of 4: ${title}`
    : `Ended in phase ${phase} of 4: ${title}`;
};

const plan = (card: RunCard): KnownBlock => ({
  type: "plan",
  title: cut(planTitle(card), LIMITS.planTitle),
  tasks: card.steps.slice(0, 7).map((step) => ({
    type: "task_card" as const,
    task_id: cut(step.specialist, 60),
    title: stepLine(step),
    status: taskStatus(step),
  })),
});

const list = (card: RunCard): KnownBlock =>
  section(
    [
      planTitle(card),
      ...card.steps.slice(0, 7).map((step) => `${SYMBOLS[taskStatus(step)]} ${stepLine(step)}`),
    ].join("\n"),
  );

const costWords = ({ budget_usd, cost_usd }: RunCard): string =>
  budget_usd === null
    ? `Cost ${money(cost_usd)}`
    : `Cost ${money(cost_usd)} of ${money(budget_usd)}`;

const live = ({ status }: RunCard): boolean => status === "running" || status === "paused";

const menu = (card: RunCard): ActionsElement => {
  const paused = card.pauses.includes("manual");
  return overflow(ACTIONS.runMore, [
    paused
      ? option("Resume…", menuValue(MENU.resume, card.run_id))
      : option("Pause…", menuValue(MENU.pause, card.run_id)),
    option("Cancel…", menuValue(MENU.cancel, card.run_id)),
    option("Follow", menuValue(MENU.follow, card.run_id)),
    option("Run again from a phase…", menuValue(MENU.rerun, card.run_id)),
  ]);
};

const finalMenu = (card: RunCard): ActionsElement =>
  overflow(ACTIONS.runMore, [
    option("Run again from a phase…", menuValue(MENU.rerun, card.run_id)),
  ]);

const stateWords = (card: RunCard): string =>
  [
    runWords(card.status, card.pauses),
    ...(card.waits_for ? [`waits for ${card.waits_for}`] : []),
    ...(card.failure ? [card.failure] : []),
  ].join(", ");

/** The one message of a run, edited in place: state in words, the seven specialists, cost, what can be done. Pure. */
export const renderRunMessage = (card: RunCard): Rendered => {
  const state = stateWords(card);
  const by = card.started_by ? ` Started by ${card.started_by}.` : "";
  const lead = section(`${card.run}: ${state}.${by}\n${card.goal}`);
  const small = context(
    `${costWords(card)} · ${elapsed(card.started_at, card.updated_at)}${
      card.next_handoff === null ? "" : ` · next: handoff ${card.next_handoff} of 4`
    }`,
  );
  const buttons = actions(
    button("Details", ACTIONS.runDetails, card.run_id, { says: `Details of run ${card.run}` }),
    live(card) ? menu(card) : finalMenu(card),
  );
  const steps = card.steps.map(stepLine).join("; ");
  const text = sentences(
    `Run ${card.run} is ${state}.`,
    `${costWords(card)}.`,
    by.trim(),
    `Steps: ${steps}.`,
    `Goal: ${card.goal}`,
  );
  return {
    text,
    blocks: [lead, plan(card), small, buttons],
    fallback: { text, blocks: [lead, list(card), small, buttons] },
  };
};

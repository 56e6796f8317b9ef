import type { EventOf, RunEvent } from "../../src/engine/event.ts";
import { currentPhase } from "../../src/engine/phases.ts";
import { needsMet, phaseManifest } from "../../src/engine/staleness.ts";
import type { ApprovalState, RunState, StepState } from "../../src/engine/state.ts";
import { countable } from "../../src/engine/voting.ts";
import { type Harness, manifestOf } from "./engine-builders.ts";

/** Where the rules were last checked. */
export interface Seen {
  before: RunState;
  events: number;
}

const fail = (rule: string, detail: unknown): never => {
  throw new Error(`${rule}: ${JSON.stringify(detail)}`);
};

const oneLive = (state: RunState): void => {
  for (const step of Object.values(state.steps)) {
    const live = Object.values(state.attempts).filter(
      (attempt) => attempt.step === step.step.key && attempt.status === "claimed",
    );
    if (live.length > 1) fail("two live attempts", live);
    if ((live[0]?.attemptId ?? null) !== step.liveAttemptId) fail("live attempt unknown", step);
    if (live[0] && live[0].fence !== step.fence) fail("two fences", live);
    if (live[0] && step.status !== "working")
      fail("live attempt of a step that is not worked", step);
  }
};

const claimAllowed = (before: RunState, event: EventOf<"AttemptClaimed">): void => {
  const step = before.steps[event.step];
  if (!step || !needsMet(before, step)) throw new Error(`claimed without its needs: ${event.step}`);
  if (!["ready", "working"].includes(step.status)) fail("claimed while not ready", step);
  if (step.step.phase !== currentPhase(before)) fail("claimed outside its phase", event);
  if (event.fence !== step.fence + 1) fail("fence did not rise by one", event);
  if (before.status !== "running") fail("claimed while not running", event);
};

/** Claims among the new events: only with needs met, not stale, in the phase that is worked on, under a fence one higher. */
const claimsAllowed = (before: RunState, events: readonly RunEvent[]): void => {
  for (const event of events) {
    if (event.type === "AttemptClaimed") claimAllowed(before, event);
  }
};

const acceptedHasApproval = (state: RunState, step: StepState): void => {
  const approval = state.approvals[step.acceptedApprovalId ?? ""];
  if (approval?.status !== "approved" || approval.kind !== "handoff")
    fail("accepted without approval", step);
  if (approval?.phase !== step.step.phase) fail("accepted under another phase", step);
  if (step.manifestHash !== step.acceptedHash) fail("accepted other bytes", step);
  if (approval && approval.belowLevel.length > 0 && !approval.waived)
    fail("accepted below the level", step);
};

/** What the model observes in place of a phase's own bytes. */
export const TAMPERED: readonly string[] = [0, 1, 2, 3].map((n) => manifestOf("tampered", n));

/** What is done was approved for exactly those bytes; people may have been asked about tampered ones and signed these. */
const doneIsSigned = (run: Harness, state: RunState): void => {
  for (const phase of Object.values(state.phases)) {
    if (phase.status !== "done" || phase.manifestHash === null) continue;
    const approval = state.approvals[phase.approvalId ?? ""];
    if (approval?.status !== "approved" || approval.manifestHash !== phase.manifestHash)
      fail("done without its approval", phase);
    const files = phaseManifest(state, run.context(), phase.phase);
    if (files !== phase.manifestHash && !TAMPERED.includes(phase.manifestHash))
      fail("done over other bytes", phase);
  }
};

const ENDED = ["approved", "rejected", "changes_requested", "voided"];

const decidedStays = (before: RunState, after: RunState): void => {
  for (const old of Object.values(before.approvals)) {
    const now = after.approvals[old.approvalId];
    if (ENDED.includes(old.status) && now?.status !== old.status)
      fail("a decided approval moved", now);
    if (old.status === "expired" && now?.status === "approved")
      fail("expired became approved", now);
  }
};

const whoOf = (approval: ApprovalState): readonly string[] =>
  approval.votes.map((vote) => vote.onBehalfOf ?? vote.person);

const newVotesAllowed = (before: RunState, approval: ApprovalState): void => {
  const known = before.approvals[approval.approvalId]?.votes ?? [];
  for (const vote of approval.votes.filter((one) => !known.includes(one))) {
    const self = [vote.person, vote.onBehalfOf ?? ""].some((one) => before.involved.includes(one));
    if (self) fail("an involved person voted", vote);
  }
};

const approvalCounts = (run: Harness, approval: ApprovalState): void => {
  const yes = countable(approval, run.context()).filter((vote) => vote.decision === "approve");
  if (yes.length < approval.policy.quorum) fail("approved without a quorum that counts", approval);
  const unproved = yes.some((vote) => vote.attested === "none" || vote.attested === "client");
  if (unproved && run.context().slackConfigured) fail("an unproved vote counted", yes);
};

const votesAllowed = (run: Harness, before: RunState, state: RunState): void => {
  for (const approval of Object.values(state.approvals)) {
    const who = whoOf(approval);
    if (new Set(who).size !== who.length) fail("a person voted twice", approval.votes);
    newVotesAllowed(before, approval);
    const justNow = before.approvals[approval.approvalId]?.status !== "approved";
    if (approval.status === "approved" && justNow) approvalCounts(run, approval);
  }
};

const raisedAsSigned = (state: RunState, events: readonly RunEvent[]): void => {
  for (const event of events) {
    if (event.type !== "BudgetRaised") continue;
    const approval = state.approvals[event.approvalId];
    const signed = approval?.votes.filter((vote) => vote.raiseTo === event.to) ?? [];
    if (signed.length < (approval?.policy.quorum ?? 1)) fail("raised to what nobody signed", event);
  }
};

/** Stale exactly when what a step consumed is no longer in force, or it has to be done again for another reason. */
const staleIffDiffers = (run: Harness, state: RunState): void => {
  for (const step of Object.values(state.steps)) {
    const settled = step.status === "accepted" || step.status === "submitted";
    const needsStand = step.step.needs.every((key) => state.steps[key]?.status === "accepted");
    const differs = step.step.needs.some(
      (key) => step.consumed[key] !== state.steps[key]?.manifestHash,
    );
    if (settled && needsStand && differs) fail("not stale though a need differs", step);
    const base = run.context().inputHashes[step.step.key] === step.baseHash;
    const current =
      currentPhase(state) === step.step.phase && state.phases[step.step.phase].status === "active";
    if (
      step.status === "stale" &&
      step.staleFrom !== null &&
      needsStand &&
      !differs &&
      base &&
      current
    )
      fail("stale though nothing differs", step);
  }
};

const TERMINAL = ["completed", "cancelled", "failed"];

const terminalStays = (before: RunState, after: RunState): void => {
  if (!TERMINAL.includes(before.status)) return;
  if (before.status !== after.status) fail("a run that was over moved", after.status);
  if (JSON.stringify(before.steps) !== JSON.stringify(after.steps))
    fail("a step moved after the end", 0);
  if (JSON.stringify(before.phases) !== JSON.stringify(after.phases))
    fail("a phase moved after the end", 0);
};

/** A live run always has work, a timer, an open approval or a pause that names what a person can do. */
const hasNext = (run: Harness, state: RunState): void => {
  if (state.status !== "running") return;
  const open = Object.values(state.approvals).some(
    (one) => one.status === "open" || one.status === "escalated",
  );
  const live = Object.values(state.attempts).some((one) => one.status === "claimed");
  const moves = run.due(7).some((work) => work.type === "claim" || work.type === "check");
  if (!open && !live && !moves) fail("running and nothing can happen", state.steps);
};

const pausesMatch = (state: RunState): void => {
  if (state.status === "running" && state.pauses.length > 0)
    fail("running with a pause", state.pauses);
  if (state.status === "paused" && state.pauses.length === 0)
    fail("paused for nothing", state.pauses);
  if (new Set(state.pauses).size !== state.pauses.length) fail("a pause twice", state.pauses);
  if ((state.blockedBy !== null) !== state.pauses.includes("blocked"))
    fail("blocked by", state.blockedBy);
};

const spentOnce = (state: RunState): void => {
  const total = Object.values(state.settled).reduce((sum, one) => sum + one.microUsd, 0);
  if (total !== state.spent.microUsd) fail("a call counted twice", state.spent);
};

/** Throws at the first rule that the run breaks; then remembers where it looked. */
export const assertRules = (run: Harness, seen: Seen): void => {
  const state = run.state();
  const events = run.log().slice(seen.events);
  oneLive(state);
  claimsAllowed(seen.before, events);
  for (const step of Object.values(state.steps)) {
    if (step.status === "accepted") acceptedHasApproval(state, step);
  }
  doneIsSigned(run, state);
  decidedStays(seen.before, state);
  votesAllowed(run, seen.before, state);
  raisedAsSigned(state, events);
  staleIffDiffers(run, state);
  terminalStays(seen.before, state);
  hasNext(run, state);
  pausesMatch(state);
  spentOnce(state);
  seen.before = state;
  seen.events = run.log().length;
};

import type { RunState } from "../../engine/state.ts";
import type { RunRow, Stamps } from "../rows.ts";
import type { Folded } from "./fold.ts";

/** What a run's row needs besides its state. */
export interface RunHead {
  readonly number: number;
  readonly name: string;
  readonly headSeq: number;
  readonly headHash: string;
}

const stampsOf = (folded: Folded, key: string): Stamps =>
  folded.stamps[key] ?? { createdAt: 0, changedAt: 0 };

const currentPhase = (state: RunState): RunRow["currentPhase"] =>
  ([1, 2, 3, 4] as const).find((phase) => state.phases[phase].status !== "done") ?? null;

/** The row of a run, as lists show it. */
export const runRow = (folded: Folded, head: RunHead): RunRow => {
  const { state } = folded;
  const open = Object.values(state.approvals).filter(
    (approval) => approval.status === "open" || approval.status === "escalated",
  );
  return {
    runId: state.runId,
    pipelineId: state.pipelineId,
    number: head.number,
    name: head.name,
    status: state.status,
    pauses: state.pauses,
    currentPhase: currentPhase(state),
    startedBy: state.startedBy,
    specHash: state.specHash,
    spentMicroUsd: state.spent.microUsd,
    spentTokens: state.spent.tokens,
    openApprovals: open.length,
    steps: state.order.flatMap((key) => {
      const step = state.steps[key];
      return step ? [{ key, phase: step.step.phase, status: step.status }] : [];
    }),
    failure: state.failure,
    headSeq: head.headSeq,
    headHash: head.headHash,
    ...stampsOf(folded, "run"),
  };
};

export const phaseRow = (folded: Folded, id: string) => {
  const phase = folded.state.phases[Number(id) as 1 | 2 | 3 | 4];
  return { runId: folded.state.runId, ...phase, ...stampsOf(folded, `phase/${id}`) };
};

export const stepRow = (folded: Folded, key: string) => {
  const body = folded.state.steps[key];
  if (!body) return null;
  const { order, runId } = folded.state;
  const stamps = stampsOf(folded, `step/${key}`);
  return { runId, key, position: order.indexOf(key), status: body.status, body, ...stamps };
};

export const attemptRow = (folded: Folded, attemptId: string) => {
  const body = folded.state.attempts[attemptId];
  if (!body) return null;
  const { fence, status, step } = body;
  const stamps = stampsOf(folded, `attempt/${attemptId}`);
  return { attemptId, runId: folded.state.runId, step, status, fence, body, ...stamps };
};

export const approvalRow = (folded: Folded, approvalId: string) => {
  const body = folded.state.approvals[approvalId];
  if (!body) return null;
  const { deadlineMs, status } = body;
  const stamps = stampsOf(folded, `approval/${approvalId}`);
  return { approvalId, runId: folded.state.runId, status, deadlineMs, body, ...stamps };
};

/** A vote's id is `<approval>/<voter>`; the voter may hold a slash, the approval does not. */
export const splitVote = (id: string): { readonly approvalId: string; readonly voter: string } => {
  const at = id.indexOf("/");
  return { approvalId: id.slice(0, at), voter: id.slice(at + 1) };
};

export const voteRow = (folded: Folded, id: string) => {
  const { approvalId, voter } = splitVote(id);
  const body = folded.state.approvals[approvalId]?.votes.find(
    (vote) => (vote.onBehalfOf ?? vote.person) === voter,
  );
  if (!body) return null;
  const stamps = stampsOf(folded, `vote/${id}`);
  return { approvalId, voter, runId: folded.state.runId, body, ...stamps };
};

export const commentRow = (folded: Folded, commentId: string) => {
  const entry = folded.state.comments[commentId];
  if (!entry) return null;
  const stamps = stampsOf(folded, `comment/${commentId}`);
  const { by, comment, status } = entry;
  return { commentId, runId: folded.state.runId, by, status, body: comment, ...stamps };
};

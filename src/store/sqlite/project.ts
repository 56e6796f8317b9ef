import { and, eq } from "drizzle-orm";
import * as t from "../tables/projection.ts";
import type { Connection } from "./connect.ts";
import type { Folded, PartKey } from "./fold.ts";
import {
  approvalRow,
  attemptRow,
  commentRow,
  phaseRow,
  type RunHead,
  runRow,
  splitVote,
  stepRow,
  voteRow,
} from "./part-rows.ts";

type Db = Connection["db"];
type Put = (db: Db, folded: Folded, id: string) => void;

const putRun = (db: Db, folded: Folded, head: RunHead): void => {
  const row = runRow(folded, head);
  db.insert(t.run).values(row).onConflictDoUpdate({ target: t.run.runId, set: row }).run();
};

const putPhase: Put = (db, folded, id) => {
  const row = phaseRow(folded, id);
  db.insert(t.phase)
    .values(row)
    .onConflictDoUpdate({ target: [t.phase.runId, t.phase.phase], set: row })
    .run();
};

const putStep: Put = (db, folded, id) => {
  const row = stepRow(folded, id);
  if (!row) return;
  db.insert(t.step)
    .values(row)
    .onConflictDoUpdate({ target: [t.step.runId, t.step.key], set: row })
    .run();
};

const putAttempt: Put = (db, folded, id) => {
  const row = attemptRow(folded, id);
  if (!row) return;
  db.insert(t.attempt)
    .values(row)
    .onConflictDoUpdate({ target: t.attempt.attemptId, set: row })
    .run();
};

const putApproval: Put = (db, folded, id) => {
  const row = approvalRow(folded, id);
  if (!row) return;
  db.insert(t.approval)
    .values(row)
    .onConflictDoUpdate({ target: t.approval.approvalId, set: row })
    .run();
};

// The one part that can go again: a vote is replaced, or its approval starts a new revision.
const putVote: Put = (db, folded, id) => {
  const row = voteRow(folded, id);
  if (!row) {
    const { approvalId, voter } = splitVote(id);
    const where = and(eq(t.vote.approvalId, approvalId), eq(t.vote.voter, voter));
    db.delete(t.vote).where(where).run();
    return;
  }
  db.insert(t.vote)
    .values(row)
    .onConflictDoUpdate({ target: [t.vote.approvalId, t.vote.voter], set: row })
    .run();
};

const putComment: Put = (db, folded, id) => {
  const row = commentRow(folded, id);
  if (!row) return;
  db.insert(t.comment)
    .values(row)
    .onConflictDoUpdate({ target: [t.comment.runId, t.comment.commentId], set: row })
    .run();
};

const putCall: Put = (db, folded, id) => {
  const row = folded.calls[id];
  if (!row) return;
  db.insert(t.llmCall)
    .values(row)
    .onConflictDoUpdate({ target: [t.llmCall.attemptId, t.llmCall.call], set: row })
    .run();
};

const PUT: Readonly<Record<string, Put>> = {
  phase: putPhase,
  step: putStep,
  attempt: putAttempt,
  approval: putApproval,
  vote: putVote,
  comment: putComment,
  call: putCall,
};

/** Writes the rows of every part that changed, and the run's own row. Runs inside the transaction that appended the events. */
export const project = (
  db: Db,
  folded: Folded,
  changed: Iterable<PartKey>,
  head: RunHead,
): void => {
  for (const key of changed) {
    if (key === "run") continue;
    const at = key.indexOf("/");
    PUT[key.slice(0, at)]?.(db, folded, key.slice(at + 1));
  }
  putRun(db, folded, head);
};

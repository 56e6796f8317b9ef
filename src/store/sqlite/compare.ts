import { eq } from "drizzle-orm";
import { canonicalJson } from "../../lib/hash.ts";
import * as t from "../tables/projection.ts";
import type { Connection } from "./connect.ts";
import type { Folded } from "./fold.ts";
import { approvalRow, attemptRow, commentRow, phaseRow, stepRow, voteRow } from "./part-rows.ts";

type Row = Readonly<Record<string, unknown>>;

/** One projection table: the rows that are stored for a run and the rows that its log asks for. */
interface Table {
  readonly name: string;
  readonly stored: () => readonly Row[];
  readonly folded: () => readonly (Row | null)[];
  readonly key: readonly string[];
}

const votes = (folded: Folded): readonly string[] =>
  Object.values(folded.state.approvals).flatMap((approval) =>
    approval.votes.map((vote) => `${approval.approvalId}/${vote.onBehalfOf ?? vote.person}`),
  );

const tablesOf = (db: Connection["db"], folded: Folded): readonly Table[] => {
  const { state } = folded;
  const { runId } = state;
  const all = (source: object, row: (folded: Folded, id: string) => Row | null) => () =>
    Object.keys(source).map((id) => row(folded, id));
  return [
    {
      name: "phase",
      key: ["phase"],
      stored: () => db.select().from(t.phase).where(eq(t.phase.runId, runId)).all(),
      folded: all(state.phases, phaseRow),
    },
    {
      name: "step",
      key: ["key"],
      stored: () => db.select().from(t.step).where(eq(t.step.runId, runId)).all(),
      folded: all(state.steps, stepRow),
    },
    {
      name: "attempt",
      key: ["attemptId"],
      stored: () => db.select().from(t.attempt).where(eq(t.attempt.runId, runId)).all(),
      folded: all(state.attempts, attemptRow),
    },
    {
      name: "approval",
      key: ["approvalId"],
      stored: () => db.select().from(t.approval).where(eq(t.approval.runId, runId)).all(),
      folded: all(state.approvals, approvalRow),
    },
    {
      name: "vote",
      key: ["approvalId", "voter"],
      stored: () => db.select().from(t.vote).where(eq(t.vote.runId, runId)).all(),
      folded: () => votes(folded).map((id) => voteRow(folded, id)),
    },
    {
      name: "comment",
      key: ["commentId"],
      stored: () => db.select().from(t.comment).where(eq(t.comment.runId, runId)).all(),
      folded: all(state.comments, commentRow),
    },
    {
      name: "llm_call",
      key: ["attemptId", "call"],
      stored: () => db.select().from(t.llmCall).where(eq(t.llmCall.runId, runId)).all(),
      folded: () => Object.values(folded.calls).map((call) => ({ ...call })),
    },
  ];
};

const byKey = (
  rows: readonly (Row | null)[],
  key: readonly string[],
): ReadonlyMap<string, string> =>
  new Map(
    rows.flatMap((row) =>
      row === null ? [] : [[key.map((name) => String(row[name])).join("/"), canonicalJson(row)]],
    ),
  );

const tableFault = (table: Table): string | null => {
  const stored = byKey(table.stored(), table.key);
  const folded = byKey(table.folded(), table.key);
  const odd = [...new Set([...stored.keys(), ...folded.keys()])].find(
    (key) => stored.get(key) !== folded.get(key),
  );
  return odd === undefined ? null : `table ${table.name}, row ${odd} differs from the log`;
};

/** The first row of a projection that is not what the log says, in words; null: all are. A column that cannot be read counts. */
export const projectionFault = (db: Connection["db"], folded: Folded): string | null => {
  for (const table of tablesOf(db, folded)) {
    try {
      const fault = tableFault(table);
      if (fault) return fault;
    } catch {
      return `table ${table.name} holds something that cannot be read`;
    }
  }
  return null;
};

import { and, asc, eq } from "drizzle-orm";
import type { ConversationStore } from "../groups.ts";
import * as t from "../tables/conversation.ts";
import { attempt } from "../tables/projection.ts";
import type { Connection } from "./connect.ts";
import type { Guard } from "./guard.ts";

/** Writes while the attempt is live under its fence, in one transaction; false when it is not. */
const createWhileLive =
  ({ client, db }: Connection, guard: Guard) =>
  (attemptId: string, fence: number, write: () => void): Promise<boolean> =>
    guard(() =>
      client
        .transaction(() => {
          const live = and(
            eq(attempt.attemptId, attemptId),
            eq(attempt.fence, fence),
            eq(attempt.status, "claimed"),
          );
          if (!db.select({ id: attempt.attemptId }).from(attempt).where(live).get()) return false;
          write();
          return true;
        })
        .immediate(),
    );

const { modelCall, modelTurn } = t;

/** Every write is durable when it resolves: what a call cost must not be paid twice after a power failure. */
export const createConversationStore = (
  connection: Connection,
  guard: Guard,
): ConversationStore => {
  const { db } = connection;
  const whileLive = createWhileLive(connection, guard);
  return {
    prepare: (row, fence) =>
      whileLive(row.attemptId, fence, () => {
        db.insert(modelCall).values(row).run();
      }),
    end: ({ attemptId, conversation, no, turn }, end, fence) =>
      whileLive(attemptId, fence, () => {
        db.update(modelCall)
          .set(end)
          .where(
            and(
              eq(modelCall.conversation, conversation),
              eq(modelCall.turn, turn),
              eq(modelCall.no, no),
            ),
          )
          .run();
      }),
    endTurn: (row, fence) =>
      whileLive(row.attemptId, fence, () => {
        db.insert(modelTurn).values(row).run();
      }),
    calls: ({ attemptId, conversation, runId }) =>
      guard(() =>
        db
          .select()
          .from(modelCall)
          .where(
            and(
              ...(conversation === undefined ? [] : [eq(modelCall.conversation, conversation)]),
              ...(runId === undefined ? [] : [eq(modelCall.runId, runId)]),
              ...(attemptId === undefined ? [] : [eq(modelCall.attemptId, attemptId)]),
            ),
          )
          .orderBy(asc(modelCall.conversation), asc(modelCall.turn), asc(modelCall.no))
          .all(),
      ),
    turns: ({ conversation, runId }) =>
      guard(() =>
        db
          .select()
          .from(modelTurn)
          .where(
            and(
              ...(conversation === undefined ? [] : [eq(modelTurn.conversation, conversation)]),
              ...(runId === undefined ? [] : [eq(modelTurn.runId, runId)]),
            ),
          )
          .orderBy(asc(modelTurn.conversation), asc(modelTurn.turn))
          .all(),
      ),
  };
};

import type { ModelReply } from "../../agents/model.ts";
import { costOf, tokensOf } from "../../agents/prices.ts";
import type { AttemptRow, ModelCallRow, ReservationRow } from "../../store/rows.ts";
import { workerActor } from "../worker-actor.ts";
import type { WorkTools } from "./performer.ts";

const GRACE_MS = 30_000;

const release = async (tools: WorkTools, runId: string, held: ReservationRow): Promise<void> => {
  const { attemptId, call } = held;
  await tools.store.commit(
    {
      runId,
      key: `release/${attemptId}/${call}`,
      payloadHash: "0".repeat(64),
      nowMs: tools.clock.nowMs(),
      actor: workerActor(tools.worker),
    },
    () => ({ events: [], outbox: [], answer: null, ledger: [{ op: "release", attemptId, call }] }),
  );
};

const replyOf = async (tools: WorkTools, row: ModelCallRow): Promise<ModelReply | null> => {
  const bytes = row.replyHash === null ? null : await tools.blobs.get(row.replyHash);
  return bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString("utf8")) as ModelReply);
};

const settleOne = async (
  tools: WorkTools,
  row: ModelCallRow,
  held: ReservationRow,
  model: string,
): Promise<void> => {
  const { prices } = tools.claude ?? {};
  const reply = await replyOf(tools, row);
  const cost = reply && prices ? costOf(prices, reply.bill, row.at) : null;
  await tools.settleCall({
    runId: row.runId,
    attemptId: held.attemptId,
    call: held.call,
    model: reply?.model ?? model,
    tokens: reply === null ? null : tokensOf(reply.bill),
    microUsd: cost,
    priceVersion: prices?.version ?? "unknown",
    outcome: reply === null ? "unknown" : "ok",
  });
};

/** An attempt of this process that was just stopped still settles its own stream. */
const isLeft = (tools: WorkTools, { changedAt, status, worker }: AttemptRow): boolean =>
  status !== "claimed" && (worker !== tools.worker || tools.clock.nowMs() - changedAt > GRACE_MS);

/**
 * Settles what dead attempts have left in the ledger: a call that was sent and whose answer is not known counts as its whole
 * reservation, one whose answer is recorded as what it came to, and what was never sent is given back.
 */
export const settleLeft = async (tools: WorkTools): Promise<void> => {
  const held = await tools.store.ledger.held();
  const seen = new Set<string>();
  for (const row of held) {
    const name = `${row.attemptId}/${row.call}`;
    if (seen.has(name)) continue;
    seen.add(name);
    const attempt = await tools.store.attempts.get(row.attemptId);
    if (attempt === null || !isLeft(tools, attempt)) continue;
    const calls = await tools.store.conversations.calls({ attemptId: row.attemptId });
    const call = calls.find(({ no, turn }) => `${turn}.${no}` === row.call);
    if (call === undefined) await release(tools, attempt.runId, row);
    else await settleOne(tools, call, row, "unknown");
  }
};

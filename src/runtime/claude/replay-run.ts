import { replayConversation } from "../../agents/replay.ts";
import type { RuntimeDeps } from "../deps.ts";
import { readConversation, requestHash } from "./record.ts";

/** What a replay of one conversation came to; `differs` null: every request is the one that was sent. */
export interface Replayed {
  readonly specialist: string;
  readonly turns: number;
  readonly calls: number;
  readonly differs: string | null;
}

const replayOne = async (
  deps: RuntimeDeps,
  conversation: string,
): Promise<Omit<Replayed, "specialist">> => {
  const { calls, judgements, opening, turns } = await readConversation(deps, conversation);
  const counted = { turns: turns.length, calls: calls.length };
  if (opening === null) return { ...counted, differs: "its opening is not kept" };
  const recorded = { opening, calls, turns, judgements };
  return { ...counted, differs: replayConversation(recorded, requestHash) };
};

/** Plays every conversation of a run again from its records, in the order they began. */
export const replayRun = async (deps: RuntimeDeps, runId: string): Promise<readonly Replayed[]> => {
  const state = await deps.store.runs.state(runId);
  const calls = await deps.store.conversations.calls({ runId });
  const conversations = [...new Set(calls.map(({ conversation }) => conversation))];
  return Promise.all(
    conversations.map(async (conversation) => ({
      specialist: state.attempts[conversation]?.step ?? "?",
      ...(await replayOne(deps, conversation)),
    })),
  );
};

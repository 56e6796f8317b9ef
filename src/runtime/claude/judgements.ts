import type { RenderFindings } from "../../agents/refine-ports.ts";
import type { RunState } from "../../engine/state.ts";
import { readChecks } from "../documents.ts";
import type { WorkTools } from "../work/performer.ts";
import { conversationOf } from "./conversation-of.ts";

const MANY = 10_000;

/** What red checks found in the submissions of one conversation, as its model is told, by attempt id. */
export const readJudgements = async (
  tools: Pick<WorkTools, "store" | "blobs">,
  state: RunState,
  conversation: string,
  render: RenderFindings,
): Promise<ReadonlyMap<string, string>> => {
  const mine = new Set(
    Object.keys(state.attempts).filter((id) => conversationOf(state, id) === conversation),
  );
  if (mine.size < 2) return new Map();
  const events = await tools.store.events.since(state.runId, 0, MANY);
  const red = events.flatMap(({ body }) =>
    body.type === "StepChecked" && !body.green && mine.has(body.attemptId) ? [body] : [],
  );
  const told = await Promise.all(
    red.map(async ({ attemptId, findingsHash }): Promise<[string, string]> => {
      const { findings } = await readChecks(tools.blobs, findingsHash);
      return [attemptId, render(findings)];
    }),
  );
  return new Map(told);
};

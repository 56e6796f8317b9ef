import { z } from "zod";
import { defineOperation, type Handler, READ } from "./define.ts";
import { findRun } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

/** Plays the conversations of a run again from what was kept: no cost, no network. Throws RUN_NOT_FOUND. */
export const runReplay = defineOperation({
  name: "run_replay",
  title: "Replay a run's conversations",
  description: "Builds every request of a run again from its records and compares the hashes.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({ run_id: z.string() }),
  output: z.strictObject({
    run: z.string(),
    same: z.boolean(),
    conversations: z.array(
      z.strictObject({
        specialist: z.string(),
        turns: z.int(),
        calls: z.int(),
        same: z.boolean(),
        /** The first request that comes out otherwise, or what is missing. */
        differs: z.string().optional(),
      }),
    ),
  }),
});

export const createRunReplay =
  ({ claude, runs }: Pick<CatalogDeps, "runs" | "claude">): Handler<typeof runReplay> =>
  async ({ run_id }) => {
    const run = await findRun(runs, run_id);
    const conversations = await claude.replay(run.runId);
    return {
      run: run.name,
      same: conversations.every(({ differs }) => differs === null),
      conversations: conversations.map(({ calls, differs, specialist, turns }) => ({
        specialist,
        turns,
        calls,
        same: differs === null,
        ...(differs === null ? {} : { differs }),
      })),
    };
  };

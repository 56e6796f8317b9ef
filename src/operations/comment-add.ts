import { z } from "zod";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { findRun, refuse } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";
import { stableId } from "./stable-id.ts";

/** A review comment on a run, also by an assistant; it binds a specialist once a person's request for changes takes it up. */
export const commentAdd = defineOperation({
  name: "comment_add",
  title: "Add a review comment",
  description: "Add a review comment to a run. It binds a specialist once a person takes it up.",
  scope: "pipeline:run",
  toolset: "core",
  annotations: WRITE,
  input: z.strictObject({
    run_id: z.string(),
    file: z.string().max(300).optional(),
    line: z.int().min(1).optional(),
    severity: z.enum(["must", "should", "question"]).default("should"),
    text: z.string().min(1).max(4000),
    idempotency_key: z.string().max(120).optional(),
  }),
  output: z.strictObject({ comment_id: z.string(), run: z.string() }),
});

export const createCommentAdd =
  ({ commands, runs }: Pick<CatalogDeps, "runs" | "commands">): Handler<typeof commentAdd> =>
  async ({ file, line, run_id, severity, text }, call) => {
    const run = await findRun(runs, run_id);
    const id = stableId(call.key, 0);
    const done = await commands.dispatch({
      key: call.key,
      runId: run.runId,
      actor: call.actor,
      body: {
        type: "AddComment",
        comment: {
          id,
          file: file ?? null,
          line: line ?? null,
          severity,
          text,
          from: call.actor.model ? "assistant" : "person",
        },
      },
    });
    if (!done.ok) throw refuse(done.rejection);
    return { comment_id: id, run: run.name };
  };

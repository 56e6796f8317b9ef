import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { defineOperation, type Handler, READ, WRITE } from "./define.ts";
import { findRun } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

/** The caller is told by direct message when a run asks for a decision, waits for a person or ends. Throws RUN_NOT_FOUND. */
export const runFollow = defineOperation({
  name: "run_follow",
  title: "Follow a run",
  description: "Be told when a run asks for a decision, waits for a person, or ends; or no more.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({ run_id: z.string(), follow: z.boolean().default(true) }),
  output: z.strictObject({ run_id: z.string(), run: z.string(), follows: z.boolean() }),
});

/** The runs that a person follows: the caller, or for the bot whomever it shows them to. */
export const runsFollowed = defineOperation({
  name: "runs_followed",
  title: "Runs that somebody follows",
  description: "The runs that a person follows.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({ person: z.string().optional() }),
  output: z.strictObject({
    runs: z.array(z.strictObject({ run_id: z.string(), run: z.string() })),
  }),
});

type Deps = Pick<CatalogDeps, "runs" | "workspace">;

export const createRunFollow =
  ({ runs, workspace }: Deps): Handler<typeof runFollow> =>
  async ({ follow, run_id }, { actor, key }) => {
    const run = await findRun(runs, run_id);
    if (actor.person === null)
      throw new UserInputError("UNKNOWN_PERSON", "nobody would be told", { next: "link" });
    await workspace.setFollowing({ runId: run.runId, person: actor.person, follow }, actor, key);
    return { run_id: run.runId, run: run.name, follows: follow };
  };

export const createRunsFollowed =
  ({ runs, workspace }: Deps): Handler<typeof runsFollowed> =>
  async ({ person }, { actor }) => {
    const ids = await workspace.following(person ?? actor.person ?? "");
    const found = await Promise.all(ids.map((id) => findRun(runs, id)));
    return { runs: found.map((run) => ({ run_id: run.runId, run: run.name })) };
  };

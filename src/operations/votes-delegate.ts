import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { findRun, refuse } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

/** Lets another person vote for the caller in one run until a date. Throws NOT_AN_APPROVER, PERSON_NOT_FOUND, the engine's rejections. */
export const votesDelegate = defineOperation({
  name: "votes_delegate",
  title: "Delegate a vote",
  description: "Let another person vote for you in a run until a date. For people only.",
  scope: "pipeline:approve",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({
    run_id: z.string(),
    to: z.string().min(1).max(60),
    until: z.iso.datetime({ offset: true }),
  }),
  output: z.strictObject({
    run_id: z.string(),
    run: z.string(),
    person: z.string(),
    to: z.string(),
    until: z.string(),
  }),
});

type Deps = Pick<CatalogDeps, "runs" | "commands" | "workspace">;

// Whoever votes needs the right to, for himself as for others.
const mustApprove = async ({ workspace }: Deps, to: string): Promise<void> => {
  const actor = { person: to, via: "worker" as const, ref: "delegate", model: false };
  const { person, scopes } = await workspace.access(actor);
  if (person === null)
    throw new UserInputError("PERSON_NOT_FOUND", `nobody here is called ${to}`, {
      next: "people_list",
    });
  if (scopes.includes("approve")) return;
  throw new UserInputError("NOT_AN_APPROVER", `${to} may not approve anything here`, {
    next: "name somebody who may, or have an admin give a role with approve",
  });
};

export const createVotesDelegate =
  (deps: Deps): Handler<typeof votesDelegate> =>
  async ({ run_id, to, until }, call) => {
    const run = await findRun(deps.runs, run_id);
    await mustApprove(deps, to);
    const untilMs = Date.parse(until);
    const done = await deps.commands.dispatch({
      key: call.key,
      runId: run.runId,
      actor: call.actor,
      body: { type: "DelegateVotes", to, untilMs },
    });
    if (!done.ok) throw refuse(done.rejection);
    return {
      run_id: run.runId,
      run: run.name,
      person: call.actor.person ?? "",
      to,
      until: new Date(untilMs).toISOString(),
    };
  };

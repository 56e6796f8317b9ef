import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";
import { page, RunShape, runShape } from "./shapes.ts";

/** Runs by text and status, newest first. */
export const runsSearch = defineOperation({
  name: "runs_search",
  title: "Find runs",
  description: "Find runs by text or status, newest first.",
  scope: "pipeline:read",
  toolset: "core",
  annotations: READ,
  input: z.strictObject({
    query: z.string().max(100).optional(),
    status: z.enum(["running", "paused", "completed", "failed", "cancelled"]).optional(),
    /** Only those that the caller started. */
    mine: z.boolean().default(false),
    ...page,
  }),
  output: z.strictObject({ runs: z.array(RunShape), next_cursor: z.string().optional() }),
});

export const createRunsSearch =
  ({ runs }: Pick<CatalogDeps, "runs">): Handler<typeof runsSearch> =>
  async ({ cursor, limit, mine, query, status }, { actor }) => {
    if (cursor !== undefined && !/^[0-9A-Z]{26}$/.test(cursor))
      throw new UserInputError("INVALID_CURSOR", "this is no cursor of that list", {
        next: "runs_search without cursor",
      });
    const found = await runs.search({
      limit,
      ...(cursor === undefined ? {} : { cursor }),
      ...(query === undefined ? {} : { text: query }),
      ...(status === undefined ? {} : { status: [status] }),
      ...(mine ? { startedBy: actor.person ?? "" } : {}),
    });
    return {
      runs: found.items.map((run) => runShape(run)),
      ...(found.next === null ? {} : { next_cursor: found.next }),
    };
  };

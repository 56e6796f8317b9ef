import type { Reads } from "./reads.ts";

const MAX_COMPLETIONS = 100;

const startingWith = (values: readonly string[], typed: string): string[] =>
  [...new Set(values)]
    .filter((value) => value.toLowerCase().startsWith(typed.toLowerCase()))
    .slice(0, MAX_COMPLETIONS);

/** Names of runs, newest first. */
export const runNames = async ({ runs }: Reads, typed: string): Promise<string[]> =>
  startingWith(
    (await runs.search({ limit: 50 })).items.map((run) => run.name),
    typed,
  );

/** Ids of approvals that wait. */
export const openApprovals = async ({ approvals }: Reads, typed: string): Promise<string[]> =>
  startingWith(
    (await approvals.list({ limit: 50 })).map((one) => one.approvalId),
    typed,
  );

export const pipelineNames = async ({ pipelines }: Reads, typed: string): Promise<string[]> =>
  startingWith(
    (await pipelines.list()).map((one) => one.name),
    typed,
  );

export const phases = (typed: string): string[] => startingWith(["1", "2", "3", "4"], typed);

export const pageNames = (pages: readonly { readonly name: string }[], typed: string): string[] =>
  startingWith(
    pages.map((page) => page.name),
    typed,
  );

/** The run that was typed in another argument; null while it fits none. */
export const findRunId = async (
  { runs }: Reads,
  ref: string | undefined,
): Promise<string | null> => {
  if (ref === undefined) return null;
  const found = await runs.find(ref);
  return found === null || "candidates" in found ? null : found.runId;
};

const filesOf = async (reads: Reads, run: string | undefined) => {
  const runId = await findRunId(reads, run);
  return runId === null ? [] : reads.files.list(runId);
};

export const deliverableIds = async (
  reads: Reads,
  run: string | undefined,
  typed: string,
): Promise<string[]> =>
  startingWith(
    (await filesOf(reads, run)).map((file) => file.deliverable),
    typed,
  );

export const filePaths = async (
  reads: Reads,
  run: string | undefined,
  deliverable: string | undefined,
  typed: string,
): Promise<string[]> =>
  startingWith(
    (await filesOf(reads, run))
      .filter((file) => deliverable === undefined || file.deliverable === deliverable)
      .map((file) => file.path),
    typed,
  );

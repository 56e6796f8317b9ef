import type { RunState } from "../../engine/state.ts";
import { openRepository, type Repository } from "../../repo/repository.ts";
import { approversOf } from "../delivery/approvers.ts";
import { fetchMain, showOnMain } from "../delivery/main-line.ts";
import { readRunInput } from "../documents.ts";
import { buildRepoTree } from "../repo-tree.ts";
import { workerActor } from "../worker-actor.ts";
import type { PerformWork, WorkTools } from "./performer.ts";

/** Branch of a run in the pipeline's repository. */
export const branchOf = (number: number): string => `run/${number}`;

/** Opens the repository of the run's pipeline. */
export const repositoryOf = async (
  tools: Pick<WorkTools, "blobs" | "git" | "home">,
  state: RunState,
): Promise<Repository> => {
  const input = await readRunInput(tools.blobs, state.specHash);
  return openRepository(tools.git, tools.home.repo(input.spec.pipeline.name));
};

/** Steps whose files belong to the commit of `step`: all up to it that are accepted. */
const acceptedUpTo = (state: RunState, step: string): readonly string[] =>
  state.order
    .slice(0, state.order.indexOf(step) + 1)
    .filter((key) => state.steps[key]?.acceptedHash !== null);

const commitStep = async (
  tools: WorkTools,
  state: RunState,
  step: string,
  manifest: string,
  branch: string,
  signal: AbortSignal,
) => {
  const repository = await repositoryOf(tools, state);
  // The branch starts from an earlier run, whose commits may hold the same manifest: the run's own is looked for.
  const trailers = [
    ["Step", step],
    ["Run", state.runId],
    ["Manifest", manifest],
  ] as const;
  const known = await repository.findByTrailers(branch, trailers);
  if (known) return known;
  if ((await repository.head(branch)) === null)
    await fetchMain(tools, state, repository, branch, signal);
  return repository.commit({
    branch,
    files: await buildRepoTree(tools, state, acceptedUpTo(state, step)),
    author: `mlpipeline ${step}`,
    subject: `${step}: ${state.steps[step]?.step.deliverables.join(", ")}`,
    body: `Phase ${state.steps[step]?.step.phase} of the run on ${branch}.`,
    trailers,
  });
};

const tagPhase = async (
  tools: WorkTools,
  state: RunState,
  phase: 1 | 2 | 3 | 4,
  manifest: string,
  branch: string,
) => {
  const repository = await repositoryOf(tools, state);
  const oid = await repository.head(branch);
  if (oid === null) return null;
  const approval = state.approvals[state.phases[phase].approvalId ?? ""];
  const head = await tools.store.events.head(state.runId);
  const revision = approval?.revision ?? 1;
  const message = [
    `Phase ${phase} approved`,
    "",
    ...approversOf(approval, tools.demo).map((who) => `Approved-by: ${who}`),
    ...(approval === undefined && state.fork !== null
      ? [`Approved-in: approval ${state.phases[phase].approvalId} of ${state.fork.runId}`]
      : []),
    ...(approval?.waived ? [`Level-waived: ${approval.belowLevel.join(", ")}`] : []),
    `Manifest: ${manifest}`,
    `Log-head: ${head?.seq ?? 0} ${head?.hash ?? ""}`,
  ].join("\n");
  const tag = await repository.tag(`${branch}/phase-${phase}.${revision}`, oid, message);
  await showOnMain(tools, state, repository, branch);
  return tag;
};

/** Commits an accepted step or tags an approved phase; both are found again by their trailer or name after a crash. */
export const performRepo: PerformWork<"repo"> = async (tools, state, due, signal) => {
  const run = await tools.store.runs.find(state.runId);
  if (run === null || "candidates" in run) return;
  const branch = branchOf(run.number);
  const phase = /^phase\.([1-4])$/.exec(due.of)?.[1];
  const oid = phase
    ? await tagPhase(tools, state, Number(phase) as 1 | 2 | 3 | 4, due.manifestHash, branch)
    : await commitStep(tools, state, due.of, due.manifestHash, branch, signal);
  if (oid === null) return;
  tools.kill("repo.committed");
  await tools.dispatch({
    key: due.key,
    runId: state.runId,
    actor: workerActor(tools.worker),
    body: { type: "RecordRepo", of: due.of, manifestHash: due.manifestHash, oid },
  });
  tools.kill("repo.recorded");
};

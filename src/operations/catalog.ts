import { approvalVote, createApprovalVote } from "./approval-vote.ts";
import { approvalsList, createApprovalsList } from "./approvals-list.ts";
import { bind } from "./bind.ts";
import { commentAdd, createCommentAdd } from "./comment-add.ts";
import type { Operation } from "./define.ts";
import { createDeliverableRead, deliverableRead } from "./deliverable-read.ts";
import { createDeliverablesList, deliverablesList } from "./deliverables-list.ts";
import { createDoctor, doctor } from "./doctor.ts";
import { createHandoffFiles, handoffFiles } from "./handoff-files.ts";
import { createHandoffGet, handoffGet } from "./handoff-get.ts";
import { createLevelWaive, levelWaive } from "./level-waive.ts";
import { createPipelineStatus, pipelineStatus } from "./pipeline-status.ts";
import type { CatalogDeps } from "./ports.ts";
import { createRunControl, runControl } from "./run-control.ts";
import { createRunStart, runStart } from "./run-start.ts";
import { createRunWait, runWait } from "./run-wait.ts";
import { createRunsSearch, runsSearch } from "./runs-search.ts";
import { createStepGet, stepGet } from "./step-get.ts";

/** Every operation's definition: what the surfaces offer. */
export const DEFINITIONS = [
  pipelineStatus,
  runsSearch,
  runStart,
  runWait,
  runControl,
  stepGet,
  deliverablesList,
  deliverableRead,
  approvalsList,
  handoffGet,
  handoffFiles,
  commentAdd,
  approvalVote,
  levelWaive,
  doctor,
] as const;

/** The operations by name, bound to what they read and write through. */
export const bindCatalog = (deps: CatalogDeps): ReadonlyMap<string, Operation> => {
  const operations = [
    bind(pipelineStatus, createPipelineStatus(deps)),
    bind(runsSearch, createRunsSearch(deps)),
    bind(runStart, createRunStart(deps)),
    bind(runWait, createRunWait(deps)),
    bind(runControl, createRunControl(deps)),
    bind(stepGet, createStepGet(deps)),
    bind(deliverablesList, createDeliverablesList(deps)),
    bind(deliverableRead, createDeliverableRead(deps)),
    bind(approvalsList, createApprovalsList(deps)),
    bind(handoffGet, createHandoffGet(deps)),
    bind(handoffFiles, createHandoffFiles(deps)),
    bind(commentAdd, createCommentAdd(deps)),
    bind(approvalVote, createApprovalVote(deps)),
    bind(levelWaive, createLevelWaive(deps)),
    bind(doctor, createDoctor(deps)),
  ];
  return new Map(operations.map((operation) => [operation.definition.name, operation]));
};

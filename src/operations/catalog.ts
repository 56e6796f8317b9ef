import { approvalGet, createApprovalGet } from "./approval-get.ts";
import { approvalVote, createApprovalVote } from "./approval-vote.ts";
import { approvalsList, createApprovalsList } from "./approvals-list.ts";
import { bind } from "./bind.ts";
import { commentAdd, createCommentAdd } from "./comment-add.ts";
import type { Operation } from "./define.ts";
import { createDeliverableRead, deliverableRead } from "./deliverable-read.ts";
import { createDeliverablesList, deliverablesList } from "./deliverables-list.ts";
import { createDoctor, doctor } from "./doctor.ts";
import { createHandoffGet, handoffGet } from "./handoff-get.ts";
import { createLevelWaive, levelWaive } from "./level-waive.ts";
import { createPipelineStatus, pipelineStatus } from "./pipeline-status.ts";
import type { CatalogDeps } from "./ports.ts";
import { createRunCard, runCard } from "./run-card.ts";
import { createRunControl, runControl } from "./run-control.ts";
import { createRunStart, runStart } from "./run-start.ts";
import { createRunWait, runWait } from "./run-wait.ts";
import { createRunsSearch, runsSearch } from "./runs-search.ts";
import { createStepGet, stepGet } from "./step-get.ts";
import { createVoteCheck, voteCheck } from "./vote-check.ts";

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
  commentAdd,
  approvalVote,
  levelWaive,
  doctor,
  runCard,
  approvalGet,
  voteCheck,
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
    bind(commentAdd, createCommentAdd(deps)),
    bind(approvalVote, createApprovalVote(deps)),
    bind(levelWaive, createLevelWaive(deps)),
    bind(doctor, createDoctor(deps)),
    bind(runCard, createRunCard(deps)),
    bind(approvalGet, createApprovalGet(deps)),
    bind(voteCheck, createVoteCheck(deps)),
  ];
  return new Map(operations.map((operation) => [operation.definition.name, operation]));
};

import { alertResolve, createAlertResolve } from "./alert-resolve.ts";
import { alertsList, createAlertsList } from "./alerts-list.ts";
import { approvalExtend, createApprovalExtend } from "./approval-extend.ts";
import { approvalGet, createApprovalGet } from "./approval-get.ts";
import {
  approvalRequestDecision,
  createApprovalRequestDecision,
} from "./approval-request-decision.ts";
import { approvalVote, createApprovalVote } from "./approval-vote.ts";
import { approvalsList, createApprovalsList } from "./approvals-list.ts";
import { auditSearch, createAuditSearch } from "./audit-search.ts";
import { createBind } from "./bind.ts";
import { commentAdd, createCommentAdd } from "./comment-add.ts";
import { createDataConsent, dataConsent } from "./data-consent.ts";
import { createDatasetKeep, createDatasetsList, datasetKeep, datasetsList } from "./datasets.ts";
import type { Operation } from "./define.ts";
import { createDeliverableRead, deliverableRead } from "./deliverable-read.ts";
import { createDeliverablesList, deliverablesList } from "./deliverables-list.ts";
import {
  createDigestGet,
  createDigestSend,
  createSubscriptionSet,
  digestGet,
  digestSend,
  subscriptionSet,
} from "./digests.ts";
import { createDoctor, doctor } from "./doctor.ts";
import { createHandoffFiles, handoffFiles } from "./handoff-files.ts";
import { createHandoffGet, handoffGet } from "./handoff-get.ts";
import { createIdentityLink, identityLink } from "./identity-link.ts";
import { createIncidentFiles, incidentFiles } from "./incident-files.ts";
import { createIncidentGet, incidentGet } from "./incident-get.ts";
import { createLevelWaive, levelWaive } from "./level-waive.ts";
import {
  createModelPromote,
  createModelRollback,
  createModelsSearch,
  modelPromote,
  modelRollback,
  modelsSearch,
} from "./models.ts";
import { createMonitorCost, monitorCost } from "./monitor-cost.ts";
import { createMonitorDrift, monitorDrift } from "./monitor-drift.ts";
import { createPeopleList, createPeopleSet, peopleList, peopleSet } from "./people-set.ts";
import { createPipelineStatus, pipelineStatus } from "./pipeline-status.ts";
import { createPolicyGet, policyGet } from "./policy-get.ts";
import { createPolicySet, policySet } from "./policy-set.ts";
import type { CatalogDeps } from "./ports.ts";
import { createRunCard, runCard } from "./run-card.ts";
import { createRunControl, runControl } from "./run-control.ts";
import { createRunFollow, createRunsFollowed, runFollow, runsFollowed } from "./run-follow.ts";
import { createRunReplay, runReplay } from "./run-replay.ts";
import { createRunStart, runStart } from "./run-start.ts";
import { createRunWait, runWait } from "./run-wait.ts";
import { createRunsCompare, runsCompare } from "./runs-compare.ts";
import { createRunsSearch, runsSearch } from "./runs-search.ts";
import { createSnapshotForget, snapshotForget } from "./snapshot-forget.ts";
import { createStepGet, stepGet } from "./step-get.ts";
import { createStepUnblock, stepUnblock } from "./step-unblock.ts";
import { createUsageGet, usageGet } from "./usage-get.ts";
import { createVoteCheck, voteCheck } from "./vote-check.ts";
import {
  createVoteCodeIssue,
  createVoteCodeSend,
  voteCodeIssue,
  voteCodeSend,
} from "./vote-code-send.ts";
import { createVotesDelegate, votesDelegate } from "./votes-delegate.ts";
import { createWatchStart, watchStart } from "./watch-start.ts";

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
  usageGet,
  runReplay,
  approvalExtend,
  approvalRequestDecision,
  auditSearch,
  identityLink,
  policyGet,
  policySet,
  dataConsent,
  runsCompare,
  stepUnblock,
  votesDelegate,
  peopleList,
  peopleSet,
  voteCodeSend,
  voteCodeIssue,
  runCard,
  approvalGet,
  voteCheck,
  datasetsList,
  datasetKeep,
  snapshotForget,
  watchStart,
  monitorDrift,
  alertsList,
  alertResolve,
  incidentGet,
  incidentFiles,
  subscriptionSet,
  runFollow,
  runsFollowed,
  digestSend,
  digestGet,
  modelsSearch,
  modelPromote,
  modelRollback,
  monitorCost,
] as const;

/** The operations by name, bound to what they read and write through. */
export const bindCatalog = (deps: CatalogDeps): ReadonlyMap<string, Operation> => {
  const bind = createBind(deps);
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
    bind(snapshotForget, createSnapshotForget(deps)),
    bind(doctor, createDoctor(deps)),
    bind(usageGet, createUsageGet(deps)),
    bind(runReplay, createRunReplay(deps)),
    bind(approvalExtend, createApprovalExtend(deps)),
    bind(approvalRequestDecision, createApprovalRequestDecision(deps)),
    bind(auditSearch, createAuditSearch(deps)),
    bind(identityLink, createIdentityLink(deps)),
    bind(policyGet, createPolicyGet(deps)),
    bind(policySet, createPolicySet(deps)),
    bind(dataConsent, createDataConsent(deps)),
    bind(runsCompare, createRunsCompare(deps)),
    bind(stepUnblock, createStepUnblock(deps)),
    bind(votesDelegate, createVotesDelegate(deps)),
    bind(peopleList, createPeopleList(deps)),
    bind(peopleSet, createPeopleSet(deps)),
    bind(voteCodeSend, createVoteCodeSend(deps)),
    bind(voteCodeIssue, createVoteCodeIssue(deps)),
    bind(runCard, createRunCard(deps)),
    bind(approvalGet, createApprovalGet(deps)),
    bind(voteCheck, createVoteCheck(deps)),
    bind(datasetsList, createDatasetsList(deps)),
    bind(datasetKeep, createDatasetKeep(deps)),
    bind(watchStart, createWatchStart(deps)),
    bind(monitorDrift, createMonitorDrift(deps)),
    bind(alertsList, createAlertsList(deps)),
    bind(alertResolve, createAlertResolve(deps)),
    bind(incidentGet, createIncidentGet(deps)),
    bind(incidentFiles, createIncidentFiles(deps)),
    bind(runFollow, createRunFollow(deps)),
    bind(runsFollowed, createRunsFollowed(deps)),
    bind(subscriptionSet, createSubscriptionSet(deps)),
    bind(digestSend, createDigestSend(deps)),
    bind(digestGet, createDigestGet(deps)),
    bind(modelsSearch, createModelsSearch(deps)),
    bind(modelPromote, createModelPromote(deps)),
    bind(modelRollback, createModelRollback(deps)),
    bind(monitorCost, createMonitorCost(deps)),
  ];
  return new Map(operations.map((operation) => [operation.definition.name, operation]));
};

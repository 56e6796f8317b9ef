import type {
  Actor,
  Attested,
  Budget,
  BudgetScope,
  Comment,
  Counts,
  Levels,
  PlaybookStep,
  Resolution,
  Tokens,
} from "./command.ts";
import type { ResolvedPolicy } from "./policy.ts";

type PhaseNo = 1 | 2 | 3 | 4;
type Risk = "low" | "medium" | "high";
type Level = "executed" | "compiled" | "parsed" | "unverified";

/** What an approval that is no handoff asks for. */
export type Ask =
  | {
      readonly kind: "budget";
      readonly scope: BudgetScope;
      readonly need: number;
      readonly have: number;
    }
  | {
      readonly kind: "release";
      readonly action: "promote" | "rollback" | "retrain";
      readonly ref: string;
    };

/** Every fact that a run's log can hold. Past tense; bodies hold integers, strings, booleans and lists of them only. */
export type RunEvent =
  | {
      readonly type: "RunStarted";
      readonly pipelineId: string;
      readonly specHash: string;
      readonly playbook: readonly PlaybookStep[];
      readonly policyVersion: string;
      readonly budget: Budget;
      readonly startedBy: string | null;
      readonly fork?: { readonly runId: string; readonly seq: number };
      readonly retrain?: { readonly runId: string; readonly approvalId: string };
    }
  | {
      readonly type: "SpecChanged";
      readonly specHash: string;
      readonly patchHash: string;
      readonly commentIds: readonly string[];
    }
  | {
      readonly type: "CommentAdded";
      readonly comment: Comment;
      readonly by: string | null;
      /** True when it binds its owner at once (a check that must pass). */
      readonly taken?: boolean;
      /** The step that answers it, where the caller knows; else it follows from the file. */
      readonly step?: string;
    }
  | {
      readonly type: "RunPaused";
      readonly reason: "manual" | "budget" | "blocked";
      readonly ref: string;
    }
  | { readonly type: "RunResumed"; readonly reason: "manual" | "budget" | "blocked" }
  | { readonly type: "RunCompleted" }
  | { readonly type: "RunFailed"; readonly code: "LOG_BROKEN" | "SPEC_GONE" | "WORKSPACE_LOST" }
  | { readonly type: "RunCancelled"; readonly reason: string }
  | { readonly type: "PhaseActivated"; readonly phase: PhaseNo }
  | {
      readonly type: "PhaseDone";
      readonly phase: PhaseNo;
      readonly manifestHash: string;
      readonly approvalId: string;
      readonly carried: boolean;
    }
  | { readonly type: "PhaseStaled"; readonly phase: PhaseNo; readonly because: string }
  | {
      readonly type: "StepReadied";
      readonly step: string;
      readonly gen: number;
      readonly kind: "fresh" | "revise";
      readonly inputHash: string;
      /** The part of inputHash that is neither upstream manifests nor comments. */
      readonly base: string;
      readonly useDraft?: boolean;
    }
  | { readonly type: "StepRepairing"; readonly step: string; readonly round: number }
  | {
      readonly type: "StepChecked";
      readonly step: string;
      readonly attemptId: string;
      readonly round: number;
      readonly green: boolean;
      readonly counts: Counts;
      readonly levels: Levels;
      readonly findingsHash: string;
    }
  | { readonly type: "StepSubmitted"; readonly step: string; readonly manifestHash: string }
  | {
      readonly type: "StepBlocked";
      readonly step: string;
      readonly on: "upstream" | "person";
      readonly code: string;
      readonly ref: string;
    }
  | {
      readonly type: "StepAccepted";
      readonly step: string;
      readonly manifestHash: string;
      readonly approvalId: string;
      readonly reaffirmed: boolean;
    }
  | {
      readonly type: "StepStaled";
      readonly step: string;
      readonly because: "need" | "spec" | "comments" | "rerun";
      readonly need?: string;
      readonly was: string;
      readonly now: string;
    }
  | {
      readonly type: "AttemptClaimed";
      readonly attemptId: string;
      readonly step: string;
      readonly gen: number;
      readonly no: number;
      readonly kind: "fresh" | "revise" | "repair" | "retry";
      readonly fence: number;
      readonly worker: string;
      readonly leaseUntilMs: number;
      readonly continues?: string;
    }
  | {
      readonly type: "AttemptSubmitted";
      readonly attemptId: string;
      readonly manifestHash: string;
      readonly files: number;
      readonly bytes: number;
      readonly summaryHash: string;
      readonly resolutions: readonly Resolution[];
    }
  | {
      readonly type: "AttemptFailed";
      readonly attemptId: string;
      readonly class: "transient" | "checks" | "config" | "person" | "budget" | "bug";
      readonly code: string;
      readonly retryAtMs?: number;
    }
  | { readonly type: "AttemptFenced"; readonly attemptId: string; readonly byFence: number }
  | { readonly type: "AttemptCancelled"; readonly attemptId: string }
  | {
      readonly type: "AttemptOverBudget";
      readonly attemptId: string;
      readonly scope: BudgetScope;
      readonly need: number;
      readonly have: number;
    }
  | {
      readonly type: "ApprovalOpened";
      readonly approvalId: string;
      readonly revision: number;
      readonly kind: "handoff" | "budget" | "release";
      readonly phase?: PhaseNo;
      readonly manifestHash?: string;
      readonly ask?: Ask;
      readonly risk: Risk;
      readonly lowest: Level;
      readonly belowLevel: readonly string[];
      readonly policy: ResolvedPolicy;
      readonly level: number;
      readonly deadlineMs: number;
    }
  | { readonly type: "ApprovalReminded"; readonly approvalId: string; readonly n: number }
  | { readonly type: "ApprovalApproved"; readonly approvalId: string }
  | {
      readonly type: "ApprovalChangesRequested";
      readonly approvalId: string;
      readonly comments: readonly string[];
    }
  | { readonly type: "ApprovalRejected"; readonly approvalId: string }
  | { readonly type: "ApprovalExpired"; readonly approvalId: string }
  | {
      readonly type: "ApprovalEscalated";
      readonly approvalId: string;
      readonly level: number;
      readonly people: readonly string[];
      readonly deadlineMs: number;
    }
  | { readonly type: "ApprovalExtended"; readonly approvalId: string; readonly deadlineMs: number }
  | { readonly type: "ApprovalVoided"; readonly approvalId: string; readonly why: string }
  | {
      readonly type: "LevelWaived";
      readonly approvalId: string;
      readonly lowest: Level;
      readonly reason: string;
      readonly by: string;
    }
  | {
      readonly type: "VoteCast";
      readonly approvalId: string;
      readonly person: string;
      readonly onBehalfOf?: string;
      readonly decision: "approve" | "request_changes" | "reject";
      readonly manifestHash?: string;
      readonly raiseTo?: number;
      readonly comments: readonly Comment[];
      readonly via: Actor["via"];
      readonly attested: Attested;
    }
  | {
      readonly type: "VotesDelegated";
      readonly person: string;
      readonly to: string;
      readonly untilMs: number;
    }
  | {
      readonly type: "UsageSettled";
      readonly attemptId: string;
      readonly call: string;
      readonly model: string;
      readonly tokens: Tokens;
      readonly microUsd: number;
      readonly priceVersion: string;
      readonly outcome: "ok" | "aborted" | "unknown";
      readonly corrects?: string;
    }
  | {
      readonly type: "BudgetRaised";
      readonly scope: BudgetScope;
      readonly to: number;
      readonly approvalId: string;
    }
  | {
      readonly type: "RepoRecorded";
      readonly of: string;
      readonly manifestHash: string;
      readonly oid: string;
    };

export type EventType = RunEvent["type"];
export type EventOf<T extends EventType> = Extract<RunEvent, { readonly type: T }>;

/** A row of the log: `seq` counts from 1 without gaps, `hash` chains over `prev` (64 zeros before the first). */
export interface LoggedEvent {
  readonly runId: string;
  readonly seq: number;
  readonly v: number;
  readonly at: number;
  readonly actor: Actor;
  /** Key of the command that caused it. */
  readonly cause: string;
  readonly body: RunEvent;
  readonly prev: string;
  readonly hash: string;
}

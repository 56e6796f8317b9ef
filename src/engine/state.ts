import type {
  Attested,
  Budget,
  Comment,
  Counts,
  Levels,
  PlaybookStep,
  Resolution,
} from "./command.ts";
import type { Ask } from "./event.ts";
import type { ResolvedPolicy } from "./policy.ts";

export type PauseReason = "manual" | "budget" | "blocked";
export type RunStatus = "none" | "running" | "paused" | "completed" | "failed" | "cancelled";
export type PhaseStatus = "pending" | "active" | "awaiting_approval" | "done" | "stale";
export type StepStatus =
  | "blocked"
  | "ready"
  | "working"
  | "checking"
  | "submitted"
  | "accepted"
  | "stale";
export type AttemptStatus =
  | "claimed"
  | "submitted"
  | "failed"
  | "fenced"
  | "cancelled"
  | "over_budget";
export type ApprovalStatus =
  | "open"
  | "approved"
  | "changes_requested"
  | "rejected"
  | "expired"
  | "escalated"
  | "voided";

export interface PhaseState {
  readonly phase: 1 | 2 | 3 | 4;
  readonly status: PhaseStatus;
  /** Manifest in force: of the handoff that waits, or of the approved one. */
  readonly manifestHash: string | null;
  readonly approvalId: string | null;
  /** Handoffs opened so far in this phase; the revision of the next is one more. */
  readonly revisions: number;
}

export interface StepState {
  readonly step: PlaybookStep;
  readonly status: StepStatus;
  readonly blockedOn: {
    readonly on: "upstream" | "person";
    readonly code: string;
    readonly ref: string;
  } | null;
  /** Counts the generations: 1 for the first work, one more each time it is readied anew. 0 before that. */
  readonly gen: number;
  readonly kind: "fresh" | "revise";
  readonly inputHash: string | null;
  /** The part of inputHash that is neither upstream manifests nor comments. */
  readonly baseHash: string | null;
  /** Manifests of the needs that the work in hand (or the last submitted one) consumed, by step key. */
  readonly consumed: Readonly<Record<string, string>>;
  /** Attempts of this generation so far. */
  readonly attempts: number;
  readonly repairRound: number;
  readonly crashes: number;
  /** Fault rounds between specialists of one phase (at most two). */
  readonly upstreamRounds: number;
  readonly liveAttemptId: string | null;
  readonly lastAttemptId: string | null;
  readonly fence: number;
  readonly retryAtMs: number;
  /** Manifest last submitted (checks green), and the one last accepted. */
  readonly manifestHash: string | null;
  readonly acceptedHash: string | null;
  readonly acceptedApprovalId: string | null;
  readonly counts: Counts | null;
  readonly levels: Levels;
  /** A red check asked for a repair that nobody has claimed yet. */
  readonly repairDue: boolean;
  /**
   * Set while stale for a need or the spec only: what the step was. When everything it consumed is in force again before it was
   * worked on, it goes back there without work. Null when it has to be done again whatever its inputs are.
   */
  readonly staleFrom: "submitted" | "accepted" | null;
  /** Set by `UnblockStep use_draft` until the next claim has ended. */
  readonly useDraft: boolean;
  /** Comments addressed to this step that no submitted attempt has resolved yet. */
  readonly openComments: readonly Comment[];
  readonly resolutions: readonly Resolution[];
}

export interface AttemptState {
  readonly attemptId: string;
  readonly step: string;
  readonly gen: number;
  readonly no: number;
  readonly kind: "fresh" | "revise" | "repair" | "retry";
  readonly status: AttemptStatus;
  readonly fence: number;
  readonly worker: string;
  readonly leaseUntilMs: number;
  readonly continues: string | null;
  readonly manifestHash: string | null;
  readonly summaryHash: string | null;
}

export interface VoteState {
  readonly person: string;
  readonly onBehalfOf: string | null;
  readonly decision: "approve" | "request_changes" | "reject";
  readonly manifestHash: string | null;
  readonly raiseTo: number | null;
  readonly comments: readonly Comment[];
  readonly attested: Attested;
  readonly at: number;
}

export interface ApprovalState {
  readonly approvalId: string;
  readonly revision: number;
  readonly kind: "handoff" | "budget" | "release";
  readonly phase: 1 | 2 | 3 | 4 | null;
  readonly manifestHash: string | null;
  readonly ask: Ask | null;
  readonly risk: "low" | "medium" | "high";
  readonly belowLevel: readonly string[];
  readonly waived: boolean;
  readonly policy: ResolvedPolicy;
  readonly level: number;
  readonly status: ApprovalStatus;
  readonly openedAtMs: number;
  readonly deadlineMs: number;
  readonly reminded: number;
  /** The latest vote per person voted for, oldest first. */
  readonly votes: readonly VoteState[];
  readonly decidedAtMs: number | null;
}

/** What has been spent and is capped within the run; micro-USD, tokens, milliseconds. */
export interface SpentState {
  readonly microUsd: number;
  readonly tokens: number;
}

/** A run, folded from its log. `status: "none"` before RunStarted. Records are keyed by step key, attempt id, approval id. */
export interface RunState {
  readonly runId: string;
  readonly seq: number;
  readonly status: RunStatus;
  readonly pauses: readonly PauseReason[];
  /** Why the run is paused as blocked: a step, an approval, or a code that only a person's ResumeRun takes away. */
  readonly blockedBy: string | null;
  readonly pipelineId: string;
  readonly specHash: string;
  readonly policyVersion: string;
  readonly budget: Budget;
  readonly startedBy: string | null;
  /** People who started the run, asked for a rerun or edited a file of it: they may not approve unless the policy allows. */
  readonly involved: readonly string[];
  readonly retrain: { readonly runId: string; readonly approvalId: string } | null;
  /** The completed run that this one was forked from, and how much of its log there was then. */
  readonly fork: { readonly runId: string; readonly seq: number } | null;
  readonly phases: Readonly<Record<1 | 2 | 3 | 4, PhaseState>>;
  readonly steps: Readonly<Record<string, StepState>>;
  /** Step keys in playbook order. */
  readonly order: readonly string[];
  readonly attempts: Readonly<Record<string, AttemptState>>;
  readonly approvals: Readonly<Record<string, ApprovalState>>;
  readonly comments: Readonly<
    Record<
      string,
      {
        readonly comment: Comment;
        readonly by: string | null;
        readonly status: "open" | "taken" | "resolved";
        /** The step that has to answer it, once taken. */
        readonly step: string | null;
      }
    >
  >;
  readonly delegations: readonly {
    readonly person: string;
    readonly to: string;
    readonly untilMs: number;
  }[];
  readonly spent: SpentState;
  /** What each settled model call came to, by "attempt/call". */
  readonly settled: Readonly<Record<string, SpentState>>;
  /** "step or phase key / manifest" → commit or tag id. */
  readonly repo: Readonly<Record<string, string>>;
  readonly failure: string | null;
}

import type { FileEntry } from "./command.ts";
import type { ResolvedPolicy } from "./policy.ts";
import type { RunState } from "./state.ts";

/** A person as the policy sees one: id and roles. */
export interface PersonRoles {
  readonly id: string;
  readonly roles: readonly string[];
}

/**
 * What a decision needs that is not in the run's own log, read in the same transaction. Plain data.
 * - `policies`: resolved policy per phase ("phase.1" … "phase.4"), kind ("budget", "release") and, where it differs, what a release
 *   does ("release.promote", "release.rollback").
 * - `inputHashes`: per step key the hash of everything but the manifests of its needs and the open comments that the step
 *   reads under the spec in force (for ChangeSpec: under the changed spec): contract, brief, blueprint, options, spec values.
 * - `manifests`: files of each step manifest that may matter here, by manifest hash.
 * - `carried`: for a retraining run whose phase 1 is unchanged, the release approval under which it passes; else null.
 * - `parent`: the run that a StartRun forks, folded from its log; else null.
 */
export interface Context {
  readonly policies: Readonly<Record<string, ResolvedPolicy>>;
  readonly people: readonly PersonRoles[];
  readonly slackConfigured: boolean;
  readonly inputHashes: Readonly<Record<string, string>>;
  readonly manifests: Readonly<Record<string, readonly FileEntry[]>>;
  readonly carried: string | null;
  readonly parent: RunState | null;
}

/** Why a command cannot be accepted: a stable code, words, and what would be valid instead. Never an exception. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly message: string;
  readonly valid: readonly string[];
}

export const REJECTION_CODES = [
  "NOT_READY",
  "ALREADY_CLAIMED",
  "FENCED",
  "RUN_OVER",
  "STILL_BLOCKED",
  "STALE_CONTENT",
  "CLOSED",
  "NOT_AN_APPROVER",
  "SELF_APPROVAL",
  "MODEL_MAY_NOT_VOTE",
  "UNREACHABLE_QUORUM",
  "BAD_RESOLUTIONS",
  "KEY_REUSED",
  "PEOPLE_ONLY",
  "OWNER_ONLY",
  "FORM_NOT_ALLOWED",
  "BELOW_LEVEL",
  "UNKNOWN",
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** One thing that is due for a run (engine.due). `key` is stable, so that the same work is not started twice. */
export type Work =
  | {
      readonly type: "claim";
      readonly key: string;
      readonly step: string;
      readonly notBeforeMs: number;
    }
  | {
      readonly type: "check";
      readonly key: string;
      readonly step: string;
      readonly attemptId: string;
      readonly notBeforeMs: number;
    }
  | {
      readonly type: "expire";
      readonly key: string;
      readonly attemptId: string;
      readonly fence: number;
      readonly notBeforeMs: number;
    }
  | {
      readonly type: "tick";
      readonly key: string;
      readonly approvalId: string;
      readonly level: number;
      readonly what: "remind" | "expire";
      readonly notBeforeMs: number;
    }
  | {
      readonly type: "observe";
      readonly key: string;
      readonly phase: 1 | 2 | 3 | 4;
      readonly notBeforeMs: number;
    }
  | {
      readonly type: "repo";
      readonly key: string;
      readonly of: string;
      readonly manifestHash: string;
      readonly notBeforeMs: number;
    };

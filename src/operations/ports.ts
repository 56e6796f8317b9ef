import type { Actor, CommandBody } from "../engine/command.ts";
import type { Rejection } from "../engine/context.ts";
import type { LoggedEvent } from "../engine/event.ts";
import type { ApprovalState, RunState } from "../engine/state.ts";
import type { Handoff } from "../runtime/handoff.ts";
import type { StartedRun, StartRequest } from "../runtime/start-run.ts";

/** A run as a list shows it; the store's row fits. */
export interface RunLine {
  readonly runId: string;
  readonly name: string;
  readonly status: string;
  readonly pauses: readonly string[];
  readonly currentPhase: 1 | 2 | 3 | 4 | null;
  readonly startedBy: string | null;
  readonly spentMicroUsd: number;
  readonly openApprovals: number;
  readonly steps: readonly {
    readonly key: string;
    readonly phase: number;
    readonly status: string;
  }[];
  readonly changedAt: number;
  readonly headSeq: number;
  readonly headHash: string;
}

/** Reads runs. `find` takes an id, a name such as birdstrikes-12, or an unambiguous prefix. */
export interface RunReader {
  readonly find: (
    ref: string,
  ) => Promise<RunLine | null | { readonly candidates: readonly RunLine[] }>;
  readonly search: (query: {
    readonly text?: string;
    readonly status?: readonly ("running" | "paused" | "completed" | "failed" | "cancelled")[];
    readonly limit?: number;
    readonly cursor?: string | null;
  }) => Promise<{ readonly items: readonly RunLine[]; readonly next: string | null }>;
  readonly state: (runId: string) => Promise<RunState>;
}

/** Approvals that take votes, with the run each belongs to. */
export interface ApprovalReader {
  readonly find: (
    ref: string,
  ) => Promise<(ApprovalState & { readonly runId: string; readonly runName: string }) | null>;
  readonly list: (query: {
    readonly runId?: string;
    readonly limit?: number;
  }) => Promise<readonly (ApprovalState & { readonly runId: string; readonly runName: string })[]>;
}

export interface EventReader {
  readonly since: (runId: string, seq: number, limit?: number) => Promise<readonly LoggedEvent[]>;
}

/** Files of a run as they were last submitted. `read` gives null for an unknown path. */
export interface FileReader {
  readonly list: (
    runId: string,
    phase?: number,
  ) => Promise<
    readonly {
      readonly path: string;
      readonly sha256: string;
      readonly deliverable: string;
      readonly step: string;
      readonly phase: number;
      readonly level: string;
    }[]
  >;
  readonly read: (
    runId: string,
    path: string,
  ) => Promise<{ readonly text: string; readonly sha256: string } | null>;
}

export interface HandoffReader {
  readonly read: (runId: string, approvalId: string) => Promise<Handoff | null>;
  /** The phase's manifest hash as the bytes lie on disk now. */
  readonly observe: (runId: string, phase: 1 | 2 | 3 | 4) => Promise<string>;
}

/** Waits until a run has an event after `seq`, at most `timeoutMs`; true when it has. */
export interface Feed {
  readonly waitFor: (
    runId: string,
    seq: number,
    timeoutMs: number,
    signal?: AbortSignal,
  ) => Promise<boolean>;
}

export interface PeopleReader {
  readonly list: () => Promise<
    readonly { readonly id: string; readonly name: string; readonly roles: readonly string[] }[]
  >;
}

/** The one way to change a run. */
export interface Commands {
  readonly dispatch: (request: {
    readonly key: string;
    readonly runId: string;
    readonly actor: Actor;
    readonly body: CommandBody;
  }) => Promise<
    | {
        readonly ok: true;
        readonly seq: number;
        readonly events: readonly string[];
        readonly ids: readonly string[];
      }
    | { readonly ok: false; readonly rejection: Rejection }
  >;
  readonly startRun: (request: StartRequest, actor: Actor, key: string) => Promise<StartedRun>;
  /** Changes the spec of a run as comments ask; null when none of them is understood. */
  readonly changeSpec: (
    runId: string,
    comments: readonly { readonly id: string; readonly text: string }[],
    actor: Actor,
    key: string,
  ) => Promise<{ readonly understood: readonly string[]; readonly problems: readonly string[] }>;
  readonly newId: () => string;
}

/** Where a run's work lies outside the home, and what stands against it; met by the runtime's record of deliveries. */
export interface DeliveryLine {
  readonly branch: string;
  readonly commit: string | null;
  readonly tags: readonly string[];
  /** Without any credential. */
  readonly remote: string | null;
  readonly bundle: string | null;
  readonly pullRequest: { readonly url: string; readonly number: number } | null;
  readonly fault: {
    readonly message: string;
    readonly next: string;
    readonly tries: number;
  } | null;
  readonly requestFault: { readonly message: string; readonly next: string } | null;
  readonly mainFault: { readonly message: string; readonly next: string } | null;
}

/** What was delivered of a run; null before the first try. */
export interface DeliveryReader {
  readonly read: (runId: string) => Promise<DeliveryLine | null>;
}

export interface Doctor {
  readonly examine: () => Promise<
    readonly {
      readonly what: string;
      readonly ok: boolean;
      readonly said: string;
      readonly next: string | null;
    }[]
  >;
}

/** What the catalog is bound to; met structurally by the store and the runtime, wired in the composition. */
export interface CatalogDeps {
  readonly runs: RunReader;
  readonly approvals: ApprovalReader;
  readonly events: EventReader;
  readonly files: FileReader;
  readonly handoffs: HandoffReader;
  readonly feed: Feed;
  readonly people: PeopleReader;
  readonly commands: Commands;
  readonly doctor: Doctor;
  readonly delivery: DeliveryReader;
  readonly nowMs: () => number;
}

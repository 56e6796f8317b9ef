import type { Actor } from "../engine/command.ts";

/** Something that a person must press for. `input` is exactly what will run. */
export interface Proposal {
  readonly id: string;
  readonly operation: string;
  readonly title: string;
  readonly input: unknown;
  /** Whose click runs it. */
  readonly person: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Free words of a person. `key` is the same for a repeat of the message, `thread` for the talk it belongs to. */
export interface Heard {
  readonly actor: Actor;
  readonly key: string;
  readonly thread: string;
  readonly threadRun: string | null;
  readonly text: string;
}

/** `refs` are runs that the answer names. `none`: nobody answered, the grammar does; `why` in words, null where Claude is not in use. */
export type Said =
  | {
      readonly kind: "answer";
      readonly text: string;
      readonly refs: readonly { readonly text: string; readonly runId: string }[];
      readonly proposals: readonly Proposal[];
    }
  | { readonly kind: "none"; readonly why: string | null };

/** What a click came to. `ran` once; whoever is later is told `already`. */
export type PressedProposal =
  | { readonly kind: "ran"; readonly proposal: Proposal; readonly output: unknown }
  | { readonly kind: "already"; readonly proposal: Proposal; readonly atMs: number }
  | { readonly kind: "not_yours"; readonly person: string }
  | { readonly kind: "late" }
  | { readonly kind: "unknown" };

/** Talk with Claude in words. `press` throws what the operation throws. */
export interface ConversationPort {
  /** False without a key, with claude.use off, or before the owner agreed to what leaves. */
  readonly isOn: () => Promise<boolean>;
  readonly say: (heard: Heard) => Promise<Said>;
  readonly press: (id: string, actor: Actor) => Promise<PressedProposal>;
}

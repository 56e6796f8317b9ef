import type { Rendered } from "./blocks/rendered.ts";
import type { HomeView, ModalView } from "./blocks/slack-types.ts";
import type { MessageRef } from "./messages.ts";

/** What a message shows, and under which key it is found again. Metadata carries these and nothing else (no names, no numbers). */
export interface Effect {
  readonly key: string;
  readonly kind: string;
  readonly revision: number;
}

/** A file for a thread. `alt` is set for images and states the finding. */
export interface Upload {
  readonly name: string;
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly alt?: string;
}

/** What Slack says of an account. `tz` is an IANA zone. */
export interface Account {
  readonly team: string;
  readonly user: string;
  readonly name: string;
  readonly tz: string;
  readonly bot: boolean;
  /** Single- or multi-channel guest. */
  readonly guest: boolean;
  readonly deleted: boolean;
  /** Of another workspace (shared channels). */
  readonly foreign: boolean;
}

/** A view that is open on somebody's screen; `hash` guards an update against a newer one. */
export interface OpenedView {
  readonly id: string;
  readonly hash: string;
}

/**
 * Everything the bot says to Slack goes through here, so that rates, retries and lost answers are dealt with once. Calls
 * wait in lanes of their own (channel, method); RetryableError asks for a later try, UserInputError names what a person
 * must mend (bot not in the channel, archived, token revoked). What may not be repeated blindly (post, ephemeral, upload) is not.
 */
export interface SlackPort {
  /** Posts once per effect key: when an earlier post's answer was lost, its place is found first. */
  readonly post: (message: {
    readonly channel: string;
    readonly threadTs: string | null;
    readonly broadcast: boolean;
    readonly rendered: Rendered;
    readonly effect: Effect;
  }) => Promise<MessageRef>;
  /** Coalesced per message: only the newest rendering is sent; an equal one is not sent. Posts anew when a person deleted it. */
  readonly edit: (ref: MessageRef, rendered: Rendered, effect: Effect) => Promise<MessageRef>;
  /** Seen by one person; falls back to a direct message, then to a line in the thread. Never throws. */
  readonly tell: (
    where: { readonly channel: string; readonly user: string; readonly threadTs: string | null },
    rendered: Rendered,
  ) => Promise<void>;
  /** A direct message; gives where it lies. */
  readonly dm: (user: string, rendered: Rendered, effect: Effect) => Promise<MessageRef>;
  readonly openView: (trigger: string, view: ModalView) => Promise<OpenedView>;
  readonly pushView: (trigger: string, view: ModalView) => Promise<OpenedView>;
  readonly updateView: (opened: OpenedView, view: ModalView) => Promise<OpenedView>;
  /** At most every two seconds per person; the newest wins. */
  readonly publishHome: (user: string, view: HomeView) => Promise<void>;
  /** What the agent does in a thread: works, waits for people, is done. Told when it changes; never throws. */
  readonly setSession: (
    ref: MessageRef,
    status: "processing" | "suspended" | "closed",
  ) => Promise<void>;
  /** One upload into a thread (or a direct message); gives the files' ids in order. */
  readonly upload: (
    where: { readonly channel: string; readonly threadTs: string | null },
    files: readonly Upload[],
    comment: string,
  ) => Promise<readonly string[]>;
  readonly download: (
    fileId: string,
  ) => Promise<{ readonly name: string; readonly bytes: Uint8Array }>;
  /** The workspace of the bot. */
  readonly team: () => Promise<string>;
  readonly account: (user: string) => Promise<Account>;
  /** Members of a user group, cached five minutes; empty when Slack does not say (fail closed). */
  readonly groupMembers: (group: string) => Promise<readonly string[]>;
  readonly permalink: (ref: MessageRef) => Promise<string | null>;
}

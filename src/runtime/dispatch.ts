import type { Actor, CommandBody } from "../engine/command.ts";
import { Command } from "../engine/command.ts";
import type { Rejection } from "../engine/context.ts";
import { decide, isRejection } from "../engine/decide.ts";
import type { RunEvent } from "../engine/event.ts";
import type { RunState } from "../engine/state.ts";
import { BugError } from "../lib/errors.ts";
import { canonicalJson, sha256 } from "../lib/hash.ts";
import type { Loaded, Writes } from "../store/port.ts";
import { auditOf } from "./audit.ts";
import type { createReadContext } from "./context.ts";
import { gitOutboxOf } from "./delivery/git-outbox.ts";
import type { RuntimeDeps } from "./deps.ts";
import { ledgerOf } from "./ledger-of.ts";
import { noticesOf } from "./notices.ts";
import { outboxOf } from "./outbox.ts";
import { followersIn, followNoticesOf, followSetting } from "./workspace/followers.ts";

/** A command to be decided. `also` is written in the same transaction (a new pipeline, for example). */
export interface Dispatch {
  readonly key: string;
  readonly runId: string;
  readonly actor: Actor;
  readonly body: CommandBody;
  readonly also?: Pick<Writes, "pipelines" | "manifests" | "settings">;
  /** A one-time code that the command uses up, by its lookup. */
  readonly uses?: string | null;
}

/** `seq` is the run's newest event after the command; for a repeat, the one after the first time. */
export type Dispatched =
  | {
      readonly ok: true;
      readonly seq: number;
      readonly events: readonly string[];
      readonly ids: readonly string[];
    }
  | { readonly ok: false; readonly rejection: Rejection };

export type DispatchCommand = (request: Dispatch) => Promise<Dispatched>;

// The most ids one command can use: a step per role and an approval, with room to spare.
const IDS_PER_COMMAND = 16;

interface Answer {
  readonly seq: number;
  readonly events: readonly string[];
  readonly ids: readonly string[];
  readonly [key: string]: number | readonly string[];
}

const idsOf = (events: readonly RunEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === "ApprovalOpened" ? [event.approvalId] : []));

const idsIn = (comments: readonly { readonly id: string }[]): string =>
  comments.map((comment) => comment.id).join(" ");

/** True while the stored vote is still that person's newest in its approval; a later one makes the same body a new vote. */
const voteStillStands = (body: CommandBody, actor: Actor, state: RunState): boolean => {
  if (body.type !== "CastVote") return true;
  const voter = body.onBehalfOf ?? actor.person;
  const latest = state.approvals[body.approvalId]?.votes.find(
    (vote) => (vote.onBehalfOf ?? vote.person) === voter,
  );
  return (
    latest?.person === actor.person &&
    latest.decision === body.decision &&
    latest.raiseTo === (body.raiseTo ?? null) &&
    idsIn(latest.comments) === idsIn(body.comments)
  );
};

/** Makes the one way in which a run changes: load, decide, append, project, tell, all in one transaction. */
export const createDispatch = (
  deps: RuntimeDeps,
  readContext: ReturnType<typeof createReadContext>,
  wake: () => void,
): DispatchCommand => {
  return async (request) => {
    const { actor, body, key, runId } = request;
    const nowMs = deps.clock.nowMs();
    const ids = Array.from({ length: IDS_PER_COMMAND }, deps.newId);
    const parsed = Command.safeParse({ key, runId, actor, nowMs, ids, body });
    if (!parsed.success) {
      throw new BugError("COMMAND_INVALID", `${body.type}: ${parsed.error.message}`);
    }
    const payloadHash = sha256(canonicalJson({ body, runId, person: actor.person }));
    const plan = (loaded: Loaded): Writes<Answer> | { readonly rejection: Rejection } => {
      const context = readContext(loaded, body, request.also?.pipelines?.[0]?.spec);
      const decision = decide(loaded.state, parsed.data, context);
      if (isRejection(decision)) return { rejection: decision };
      return {
        events: decision,
        answer: {
          seq: loaded.headSeq + decision.length,
          events: decision.map((event) => event.type),
          ids: idsOf(decision),
        },
        outbox: [
          ...gitOutboxOf(runId, decision),
          ...(context.slackConfigured
            ? [
                ...outboxOf(loaded.state, runId, decision),
                ...noticesOf(loaded.state, runId, decision, context),
                ...followNoticesOf(
                  runId,
                  decision,
                  followersIn(loaded.reads.setting(followSetting(runId))),
                ),
              ]
            : []),
        ],
        audit: auditOf(body, decision),
        ledger: ledgerOf(loaded, decision, nowMs, deps.config.workspace.timezone),
        codes: request.uses ? [{ op: "use", lookup: request.uses }] : [],
        ...request.also,
      };
    };
    const outcome = await deps.store.commit<Answer>(
      {
        runId,
        key,
        payloadHash,
        nowMs,
        actor,
        stillRepeat: (_row, loaded) => voteStillStands(body, actor, loaded.state),
      },
      plan,
    );
    if (outcome.kind === "rejected") return { ok: false, rejection: outcome.rejection };
    if (outcome.kind === "committed") {
      if (outcome.answer.events.includes("ApprovalOpened")) deps.kill("approval.opened");
      if (body.type === "CastVote") deps.kill("vote.committed");
      wake();
    }
    return { ok: true, ...outcome.answer };
  };
};

import { RetryableError } from "../lib/errors.ts";
import type { AttemptRecord, CallRecord } from "./attempt-record.ts";
import { callName, FENCED } from "./attempt-record.ts";
import type { Breaker } from "./breaker.ts";
import { type Purse, roomsFrom } from "./budget.ts";
import type { Model, ModelFault, ModelReply, ModelRequest, StreamEvent } from "./model.ts";

/** Tries of one turn before the attempt gives way, and of a turn whose answers come broken. */
const MAX_TRIES = 6;
const MAX_BROKEN = 3;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const BROKEN: readonly string[] = ["STREAM_CUT", "STREAM_SILENT", "BROKEN_ANSWER"];

/** How a conversation ends without a submission. */
export type RefineEnd =
  | { readonly kind: "person"; readonly code: string; readonly message: string }
  | { readonly kind: "config"; readonly code: string; readonly message: string }
  | { readonly kind: "bug"; readonly code: string; readonly message: string }
  | {
      readonly kind: "budget";
      readonly scope: string;
      readonly need: number;
      readonly have: number;
    }
  /** It is tried again from the last recorded turn at that time, epoch milliseconds. */
  | { readonly kind: "later"; readonly code: string; readonly retryAtMs: number }
  /** Stopped from outside: cancelled, paused, fenced, shut down. */
  | { readonly kind: "stopped" };

export interface AnswerDeps {
  readonly model: Model;
  readonly record: AttemptRecord;
  readonly purse: Purse;
  readonly breaker: Breaker;
  readonly nowMs: () => number;
  /** 0..1, for jitter. */
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly kill: (name: string) => void;
  readonly on: (event: StreamEvent) => void;
  readonly signal: AbortSignal;
}

/** What is asked in one turn: tries from `no` on, those in `known` first. `prompt` is the estimate of its tokens. */
export interface Asked {
  readonly turn: number;
  readonly no: number;
  readonly prompt: number;
  readonly cells: number;
  readonly known: readonly CallRecord[];
  readonly requestOf: (maxTokens: number, compact: boolean) => ModelRequest;
  readonly maxTokens: number;
}

export type Answer =
  | { readonly ok: true; readonly reply: ModelReply; readonly no: number }
  | { readonly ok: false; readonly end: RefineEnd };

const ends = (end: RefineEnd): Answer => ({ ok: false, end });

const hasDoubledIds = ({ content }: ModelReply): boolean => {
  const ids = content.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
  return new Set(ids).size < ids.length;
};

/** Where a fault leads after so many faults of its turn: null = the same turn again after `waitMs`. */
const afterFault = (
  fault: ModelFault,
  faults: readonly string[],
  deps: AnswerDeps,
): { readonly end: RefineEnd } | { readonly waitMs: number } => {
  const { code, message } = fault;
  if (deps.signal.aborted) return { end: { kind: "stopped" } };
  if (fault.class === "config") return { end: { kind: "config", code, message } };
  if (fault.class === "bug" || fault.class === "aborted")
    return { end: { kind: "bug", code, message: `${message}, request ${fault.requestId}` } };
  if (fault.class === "person") return { end: { kind: "person", code, message } };
  if (fault.class === "too_large")
    return faults.filter((one) => one === "TOO_LARGE").length > 1
      ? { end: { kind: "person", code, message } }
      : { waitMs: 0 };
  if (faults.filter((one) => BROKEN.includes(one)).length >= MAX_BROKEN)
    return { end: { kind: "person", code: "STREAM_BROKEN", message } };
  const wait =
    fault.retryAfterMs ??
    Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (faults.length - 1)) * deps.random();
  if (wait > LONGEST_WAIT_MS || faults.length >= MAX_TRIES)
    return {
      end: { kind: "later", code, retryAtMs: deps.nowMs() + Math.max(wait, LONGEST_WAIT_MS) },
    };
  return { waitMs: Math.ceil(wait) };
};

/** Holds the most that the call may come to, with less room for the answer where the budget is short. */
const reserve = async (
  { kill, purse }: AnswerDeps,
  asked: Asked,
  no: number,
  model: string,
): Promise<{ readonly maxTokens: number } | { readonly end: RefineEnd }> => {
  const call = callName(asked.turn, no);
  let first: RefineEnd | null = null;
  for (const maxTokens of roomsFrom(asked.maxTokens)) {
    const held = await purse.reserve(call, { model, prompt: asked.prompt, maxTokens });
    if (held.kind === "held") {
      kill("call.reserved");
      return { maxTokens };
    }
    const { have, need, scope } = held;
    first ??= { kind: "budget", scope, need, have };
  }
  return { end: first ?? { kind: "stopped" } };
};

const isFenced = (error: unknown): boolean =>
  error instanceof RetryableError && error.code === FENCED;

type Tried =
  | { readonly kind: "reply"; readonly reply: ModelReply }
  | { readonly kind: "fault"; readonly fault: ModelFault }
  | { readonly kind: "end"; readonly end: RefineEnd };

const settleFault = async (
  deps: AnswerDeps,
  call: string,
  model: string,
  fault: ModelFault,
): Promise<void> => {
  if (fault.billed === "unknown") await deps.purse.settle(call, model, null, "unknown");
  else await deps.purse.settle(call, model, fault.used === null ? [] : [fault.used], "aborted");
};

const BROKEN_ANSWER: ModelFault = {
  class: "transient",
  code: "BROKEN_ANSWER",
  message: "two calls of one answer have the same id",
  retryAfterMs: null,
  requestId: null,
  used: null,
  billed: "known",
};

/** One try: reserve, record, send, record, settle. Nothing is sent that was not recorded, nothing acted on that was not. */
const tryOnce = async (
  deps: AnswerDeps,
  asked: Asked,
  no: number,
  compact: boolean,
): Promise<Tried> => {
  const { kill, record } = deps;
  const wanted = asked.requestOf(asked.maxTokens, compact);
  const room = await reserve(deps, asked, no, wanted.model);
  if ("end" in room) return { kind: "end", end: room.end };
  const request = asked.requestOf(room.maxTokens, compact);
  const call = callName(asked.turn, no);
  await record.prepare(asked.turn, no, request, asked.cells);
  kill("call.prepared");
  let heard = false;
  const sending = deps.model.send(
    request,
    (event) => {
      if (!heard && event.type !== "started") {
        heard = true;
        kill("call.streaming");
      }
      deps.on(event);
    },
    deps.signal,
  );
  kill("call.sent");
  const outcome = await sending;
  if (!outcome.ok) {
    await settleFault(deps, call, request.model, outcome.fault);
    await record.fail(asked.turn, no, outcome.fault.code);
    return { kind: "fault", fault: outcome.fault };
  }
  const { reply } = outcome;
  const broken = hasDoubledIds(reply);
  try {
    if (broken) await record.fail(asked.turn, no, BROKEN_ANSWER.code);
    else await record.complete(asked.turn, no, reply);
  } finally {
    kill("call.completed");
    // The money is gone whether or not this attempt may still use the answer.
    await deps.purse.settle(call, request.model, reply.bill, "ok");
    kill("call.settled");
  }
  return broken ? { kind: "fault", fault: BROKEN_ANSWER } : { kind: "reply", reply };
};

/** What is left to settle of a try that an earlier process made. */
const settleKnown = async (deps: AnswerDeps, call: CallRecord, model: string): Promise<void> => {
  const name = callName(call.turn, call.no);
  if (call.attemptId !== deps.record.attemptId) return; // settled by whoever sweeps after dead attempts
  if (call.state === "completed" && call.reply)
    await deps.purse.settle(name, model, call.reply.bill, "ok");
};

const tryAsked = async (
  deps: AnswerDeps,
  asked: Asked,
  no: number,
  faults: readonly string[],
): Promise<Tried> => {
  if (deps.signal.aborted) return { kind: "end", end: { kind: "stopped" } };
  const compact = faults.includes("TOO_LARGE");
  const { model } = asked.requestOf(asked.maxTokens, compact);
  const until = deps.breaker.openUntil(model);
  if (until !== null)
    return { kind: "end", end: { kind: "later", code: "CLAUDE_UNREACHABLE", retryAtMs: until } };
  try {
    const tried = await tryOnce(deps, asked, no, compact);
    if (tried.kind === "reply") deps.breaker.answered(model);
    if (tried.kind === "fault" && tried.fault.class === "transient") deps.breaker.failed(model);
    return tried;
  } catch (error) {
    if (isFenced(error)) return { kind: "end", end: { kind: "stopped" } };
    throw error;
  }
};

/** The try that an earlier process made, where it counts: settled, and its reply if it came. */
const recall = async (
  deps: AnswerDeps,
  asked: Asked,
  call: CallRecord,
): Promise<ModelReply | null> => {
  await settleKnown(deps, call, asked.requestOf(asked.maxTokens, false).model);
  return call.state === "completed" ? call.reply : null;
};

/**
 * The answer of one turn. Recorded tries are not made again: a completed one is the answer, a prepared one was lost in a crash and is
 * sent anew as the next try. Transient faults wait and try again. Never throws for what the server does.
 */
export const takeAnswer = async (deps: AnswerDeps, asked: Asked): Promise<Answer> => {
  const faults = asked.known.flatMap(({ fault }) => fault ?? []);
  for (let no = asked.no; ; no++) {
    const known = asked.known.find((call) => call.no === no);
    if (known) {
      const reply = await recall(deps, asked, known);
      if (reply) return { ok: true, reply, no };
      continue;
    }
    const tried = await tryAsked(deps, asked, no, faults);
    if (tried.kind === "end") return ends(tried.end);
    if (tried.kind === "reply") return { ok: true, reply: tried.reply, no };
    faults.push(tried.fault.code);
    const next = afterFault(tried.fault, faults, deps);
    if ("end" in next) return ends(next.end);
    await deps.sleep(next.waitMs, deps.signal);
  }
};

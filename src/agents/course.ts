import type { Opening, TurnRecord } from "./attempt-record.ts";
import { tokensOfBase, tokensOfMessages } from "./budget.ts";
import { isWrapUp, type Pace, paceAfter, startPace } from "./limits.ts";
import type { Block, Message, ModelReply, ModelRequest } from "./model.ts";
import { promptOf, tokensOf } from "./prices.ts";

/** A marker for every this many blocks, since the cache looks back about twenty. */
const MARK_EVERY = 15;
/** A prompt of this many tokens is summarised before the next turn. */
const COMPACT_FROM = 150_000;

/**
 * Where a conversation stands: a fold over its opening and recorded turns, so that live, resumed and replayed ones are the same.
 * `known` tokens are those of the first `knownMessages` messages, as the server counted them.
 */
export interface Course {
  readonly turn: number;
  readonly messages: readonly Message[];
  readonly known: number;
  readonly knownMessages: number;
  readonly pace: Pace;
  readonly reminders: number;
  readonly refusedSubmits: number;
  readonly inParts: boolean;
  readonly paused: boolean;
  /** The next request asks for a summary. */
  readonly compact: boolean;
  readonly compacted: boolean;
  readonly manifestHash: string | null;
  /** Data cells sent so far, and those that the next request sends first. */
  readonly cells: number;
  readonly newCells: number;
}

export const startCourse = (opening: Opening): Course => ({
  turn: 1,
  messages: opening.messages,
  known: 0,
  knownMessages: 0,
  pace: startPace,
  reminders: 0,
  refusedSubmits: 0,
  inParts: false,
  paused: false,
  compact: false,
  compacted: false,
  manifestHash: null,
  cells: 0,
  newCells: opening.cells,
});

/** The next request. It grows at its end only. */
export const requestOf = (opening: Opening, course: Course, maxTokens: number): ModelRequest => ({
  model: opening.model,
  maxTokens,
  effort: opening.effort,
  taskBudget: opening.taskBudget,
  system: opening.system,
  tools: opening.tools,
  messages: withMarker(course.messages, opening.messages.length),
  compact: course.compact,
});

const canMark = (block: Block): boolean => block.type === "text" || block.type === "tool_result";

/** Marks the last block that can be marked at or before the newest multiple of fifteen; the opening has markers of its own. */
const withMarker = (messages: readonly Message[], opening: number): readonly Message[] => {
  const places = messages.flatMap(({ content, role }, at) =>
    content.map((block, index) => ({ at, index, markable: canMark(block) && role !== "system" })),
  );
  const limit = Math.floor((places.length - 1) / MARK_EVERY) * MARK_EVERY;
  const place = places
    .slice(0, limit + 1)
    .findLast(({ at, markable }) => markable && at >= opening);
  if (place === undefined || limit === 0) return messages;
  return messages.map((message, at) =>
    at === place.at
      ? {
          ...message,
          content: message.content.map((block, index) =>
            index === place.index ? ({ ...block, cache: "5m" } as Block) : block,
          ),
        }
      : message,
  );
};

/** Tokens of the next prompt at most: what the server counted, and two bytes a token for what is new. */
export const estimateOf = (opening: Opening, course: Course): number =>
  course.known +
  (course.knownMessages === 0 ? tokensOfBase(opening) : 0) +
  tokensOfMessages(course.messages.slice(course.knownMessages));

const judged = (record: TurnRecord, judgement: string | null): readonly Message[] => {
  const { messages, submitted } = record;
  if (submitted === null || judgement === null) return messages;
  const answer: Block = {
    type: "tool_result",
    toolUseId: submitted.toolUseId,
    text: judgement,
    isError: true,
  };
  const [first, ...rest] = messages;
  return [{ role: "user", content: [...(first?.content ?? []), answer] }, ...rest];
};

/** An answer that called no tool. */
const isIdle = (reply: ModelReply): boolean =>
  reply.stopReason === "end_turn" || reply.stopReason === "tool_use"
    ? reply.content.every((block) => block.type !== "tool_use")
    : false;

/** After one turn. `judgement`: what red checks found in what it submitted (null: nothing was judged). */
export const courseAfter = (
  course: Course,
  reply: ModelReply,
  record: TurnRecord,
  judgement: string | null,
): Course => {
  const used = tokensOf(reply.bill);
  const said: Message = { role: "assistant", content: reply.content };
  const kept = record.keep ? [...course.messages, said] : course.messages;
  const messages = [...(record.restart ? [] : kept), ...judged(record, judgement)];
  const counted = !record.restart && record.keep;
  const prompt = promptOf(used);
  const total = prompt + used.output;
  const known = record.restart
    ? { known: 0, knownMessages: 0 }
    : counted
      ? { known: total, knownMessages: kept.length }
      : { known: course.known, knownMessages: course.knownMessages };
  const exceeded = reply.stopReason === "model_context_window_exceeded";
  return {
    turn: course.turn + 1,
    messages,
    ...known,
    pace: paceAfter(
      { ...course.pace, toldToFinish: course.pace.toldToFinish || isTold(record) },
      { content: reply.content, tokens: total, progress: record.progress },
    ),
    reminders: isIdle(reply) ? course.reminders + 1 : 0,
    refusedSubmits: course.refusedSubmits + refusedIn(reply, record),
    inParts: reply.stopReason === "max_tokens",
    paused: reply.stopReason === "pause_turn",
    compact: exceeded || (!record.restart && total >= COMPACT_FROM),
    compacted: record.restart || (course.compacted && reply.stopReason !== "tool_use"),
    manifestHash: record.manifestHash,
    cells: course.cells + course.newCells,
    newCells: record.cells,
  };
};

const isTold = ({ messages }: TurnRecord): boolean =>
  messages.some(
    ({ content, role }) =>
      role === "system" && content.some((block) => block.type === "text" && isWrapUp(block.text)),
  );

/** A submission that was answered with an error was refused. */
const refusedIn = (reply: ModelReply, { messages, submitted }: TurnRecord): number => {
  if (submitted !== null) return 0;
  const submits = reply.content.flatMap((block) =>
    block.type === "tool_use" && block.name === "submit" ? [block.id] : [],
  );
  return messages
    .flatMap(({ content }) => content)
    .some((block) => block.type === "tool_result" && submits.includes(block.toolUseId))
    ? 1
    : 0;
};

import type { CallRecord, Opening, TurnRecord } from "./attempt-record.ts";
import { roomsFrom } from "./budget.ts";
import { type Course, courseAfter, requestOf, startCourse } from "./course.ts";
import type { ModelRequest } from "./model.ts";
import { MAX_OUTPUT } from "./stop.ts";

/** A recorded conversation. `judgements`: what red checks found, by attempt id. */
export interface Recorded {
  readonly opening: Opening;
  readonly calls: readonly CallRecord[];
  readonly turns: readonly TurnRecord[];
  readonly judgements: ReadonlyMap<string, string>;
}

/** Rooms that an answer of this conversation may have been given: doubled after cuts, halved where the budget was short. */
const roomsOf = ({ maxTokens }: Opening): readonly number[] => {
  const wanted = [maxTokens];
  for (let room = maxTokens; room < MAX_OUTPUT; ) {
    room = Math.min(room * 2, MAX_OUTPUT);
    wanted.push(room);
  }
  return [...new Set(wanted.flatMap(roomsFrom))];
};

const isSame = (
  recorded: Recorded,
  course: Course,
  call: CallRecord,
  hashOf: (request: ModelRequest) => string,
): boolean =>
  roomsOf(recorded.opening).some((room) =>
    [course.compact, true].some(
      (compact) =>
        hashOf(requestOf(recorded.opening, { ...course, compact }, room)) === call.requestHash,
    ),
  );

/**
 * Folds a recorded conversation by the code that runs live ones, and builds each of its requests again. Gives the first that does not
 * have the hash it was sent with, in words, or null. Nothing is sent; tools are not run again, their answers are part of the record.
 */
export const replayConversation = (
  recorded: Recorded,
  hashOf: (request: ModelRequest) => string,
): string | null => {
  let course = startCourse(recorded.opening);
  for (;;) {
    const calls = recorded.calls.filter(({ turn }) => turn === course.turn);
    const odd = calls.find((call) => !isSame(recorded, course, call, hashOf));
    if (odd) return `turn ${odd.turn}, try ${odd.no}: the request comes out otherwise`;
    const turn = recorded.turns.find((one) => one.turn === course.turn);
    if (turn === undefined) return null;
    const reply = calls.find(({ no }) => no === turn.no)?.reply;
    if (!reply) return `turn ${turn.turn}: its answer is not kept`;
    course = courseAfter(course, reply, turn, recorded.judgements.get(turn.attemptId) ?? null);
  }
};

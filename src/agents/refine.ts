import { type Answer, type AnswerDeps, type RefineEnd, takeAnswer } from "./answer.ts";
import type { Opening, TurnRecord } from "./attempt-record.ts";
import { type Course, courseAfter, estimateOf, requestOf, startCourse } from "./course.ts";
import { stuck, wrapUp } from "./limits.ts";
import type { Message, ModelReply } from "./model.ts";
import type { CompareWithDraft, RenderFindings } from "./refine-ports.ts";
import { type RunToolsInput, resultsOf, runTools, type ToolRun } from "./run-tools.ts";
import { type Next, nextAfter } from "./stop.ts";
import type { Submission } from "./tools/tool.ts";
import type { Files, OpenWorkspace } from "./workspace.ts";

/** Submissions that are worse than the draft before a person is asked. */
const MAX_REFUSED = 3;

/** Everything that a conversation needs; nothing is read from anywhere else. */
export interface RefineInput extends AnswerDeps {
  readonly opening: Opening;
  readonly workspace: OpenWorkspace;
  readonly tools: Omit<RunToolsInput, "kill">;
  /** What red checks found in the submission of an attempt, by attempt id. */
  readonly judgements: ReadonlyMap<string, string>;
  readonly compare: CompareWithDraft;
  readonly renderFindings: RenderFindings;
  /** True when the run was paused: the attempt stops at the turn. */
  readonly paused: () => Promise<boolean>;
}

export type RefineOutcome =
  | {
      readonly kind: "submitted";
      readonly submission: Submission;
      readonly files: Files;
      readonly turns: number;
      readonly cells: number;
    }
  | { readonly kind: "ended"; readonly end: RefineEnd };

const REMINDER =
  "You ended your turn without calling submit. Only submit ends your work: call it now, or go on with the tools until the work is done.";
const IN_PARTS =
  "Your last answer was cut because it was too long, and nothing of it counts. Write in parts: one file or a few edits per call, few calls per turn.";
const GO_ON =
  "The conversation so far was summarised. The files are as you left them: go on from there.";

const user = (text: string): Message => ({ role: "user", content: [{ type: "text", text }] });
const note = (text: string): Message => ({ role: "system", content: [{ type: "text", text }] });

type Draft = Omit<TurnRecord, "manifestHash" | "attemptId">;

const plainTurn = (turn: number, no: number, more: Partial<Draft>): Draft => ({
  turn,
  no,
  keep: true,
  restart: false,
  messages: [],
  cells: 0,
  progress: false,
  submitted: null,
  ...more,
});

const sameFiles = (a: Files, b: Files): boolean =>
  a.size === b.size && [...a].every(([path, bytes]) => b.get(path) === bytes);

/** The submission that ends the attempt, or what must be said in its place. */
const judge = async (
  input: RefineInput,
  { answers }: ToolRun,
): Promise<{ readonly run: ToolRun; readonly submitted: TurnRecord["submitted"] }> => {
  const last = answers.findLast(({ answer }) => answer.submission !== undefined && !answer.isError);
  if (!last?.answer.submission) return { run: { answers }, submitted: null };
  const { submission } = last.answer;
  const findings = await input.compare(input.workspace, submission, input.signal);
  if (!findings.some(({ severity }) => severity === "block"))
    return { run: { answers }, submitted: { toolUseId: last.call.id, submission } };
  const text = input.renderFindings(findings);
  const refused = answers.map((one) =>
    one === last ? { call: one.call, answer: { text, isError: true, cells: 0 } } : one,
  );
  return { run: { answers: refused }, submitted: null };
};

const useTools = async (
  input: RefineInput,
  turn: number,
  no: number,
  reply: ModelReply,
): Promise<Draft> => {
  const before = new Map(input.workspace.files());
  const ran = await runTools({ ...input.tools, kill: input.kill }, reply.content, input.signal);
  const { run, submitted } = await judge(input, ran);
  const open = run.answers.filter(({ call }) => call.id !== submitted?.toolUseId);
  return plainTurn(turn, no, {
    messages: open.length === 0 ? [] : [{ role: "user", content: resultsOf(open) }],
    cells: open.reduce((sum, { answer }) => sum + answer.cells, 0),
    progress:
      !sameFiles(before, input.workspace.files()) ||
      run.answers.some(({ answer }) => answer.passed === true) ||
      submitted !== null,
    submitted,
  });
};

/** What a reply leads to, as the turn that will be recorded; null where the conversation ends with it. */
const actOn = async (
  input: RefineInput,
  course: Course,
  answer: Extract<Answer, { readonly ok: true }>,
  next: Exclude<Next, { readonly kind: "larger" | "person" | "bug" }>,
): Promise<Draft> => {
  const { no, reply } = answer;
  const { turn } = course;
  switch (next.kind) {
    case "tools":
      return useTools(input, turn, no, reply);
    case "remind":
      // An answer without content cannot be sent back; the reminder still makes the next request another one.
      return plainTurn(turn, no, { keep: reply.content.length > 0, messages: [user(REMINDER)] });
    case "in_parts":
      return plainTurn(turn, no, { keep: false, messages: [note(IN_PARTS)] });
    case "compact":
      return plainTurn(turn, no, { keep: false });
    case "swap":
      return plainTurn(turn, no, {
        restart: true,
        keep: false,
        messages: [{ role: "assistant", content: reply.content }, user(GO_ON)],
      });
    case "resend":
      return plainTurn(turn, no, {});
    default:
      return next satisfies never;
  }
};

const withNote = async (
  input: RefineInput,
  course: Course,
  reply: ModelReply,
  draft: Draft,
): Promise<Draft> => {
  const [first] = draft.messages;
  if (first?.role !== "user" || draft.submitted !== null) return draft;
  const record = { ...draft, manifestHash: "", attemptId: "" };
  const { pace } = courseAfter(course, reply, record, null);
  const text = wrapUp(pace, input.opening.limits, await input.purse.share());
  return text === null ? draft : { ...draft, messages: [...draft.messages, note(text)] };
};

type Answered = Extract<Answer, { readonly ok: true }> & {
  readonly next: Exclude<Next, { readonly kind: "larger" }>;
};

/** The answer of the turn that can be acted on: one that was cut is asked for again with more room. */
const answerTurn = async (
  input: RefineInput,
  course: Course,
): Promise<Answered | Extract<Answer, { readonly ok: false }>> => {
  const known = (await input.record.calls()).filter(({ turn }) => turn === course.turn);
  let maxTokens = input.opening.maxTokens;
  let no = 0;
  for (;;) {
    const answer = await takeAnswer(input, {
      turn: course.turn,
      no,
      known,
      maxTokens,
      prompt: estimateOf(input.opening, course),
      cells: course.newCells,
      requestOf: (room, compact) =>
        requestOf(input.opening, { ...course, compact: course.compact || compact }, room),
    });
    if (!answer.ok) return answer;
    const next = nextAfter(answer.reply, { ...course, maxTokens });
    if (next.kind !== "larger") return { ...answer, next };
    no = answer.no + 1;
    maxTokens = next.maxTokens;
  }
};

const ended = (end: RefineEnd): RefineOutcome => ({ kind: "ended", end });

const mayGoOn = async (input: RefineInput, course: Course): Promise<RefineEnd | null> => {
  if (input.signal.aborted || (await input.paused())) return { kind: "stopped" };
  if (course.refusedSubmits >= MAX_REFUSED)
    return {
      kind: "person",
      code: "WORSE_THAN_DRAFT",
      message: `${course.refusedSubmits} submissions fell short of the checked draft`,
    };
  const why = stuck(course.pace, input.opening.limits);
  return why === null ? null : { kind: "person", ...why };
};

/** Folds what earlier attempts and this one have recorded; nothing is sent and no tool runs. */
const resume = async (
  input: RefineInput,
): Promise<{ readonly course: Course; readonly last: TurnRecord | null }> => {
  const [calls, turns] = [await input.record.calls(), await input.record.turns()];
  let course = startCourse(input.opening);
  for (const record of turns) {
    const reply = calls.find(({ no, turn }) => turn === record.turn && no === record.no)?.reply;
    if (!reply) break;
    course = courseAfter(course, reply, record, judgementOf(input, record));
  }
  const last = turns.at(-1) ?? null;
  if (last !== null) input.workspace.reset(await input.record.files(last.manifestHash));
  return { course, last };
};

const judgementOf = (input: RefineInput, { attemptId, submitted }: TurnRecord): string | null =>
  submitted === null ? null : (input.judgements.get(attemptId) ?? null);

const submittedAs = (
  input: RefineInput,
  course: Course,
  submission: Submission,
): RefineOutcome => ({
  kind: "submitted",
  submission,
  files: new Map(input.workspace.files()),
  turns: course.turn - 1,
  cells: course.cells,
});

/** One turn of its own: answer, act, record. */
const takeTurn = async (
  input: RefineInput,
  course: Course,
): Promise<{ readonly course: Course } | { readonly outcome: RefineOutcome }> => {
  const answered = await answerTurn(input, course);
  if (!answered.ok) return { outcome: ended(answered.end) };
  const { next, reply } = answered;
  if (next.kind === "person" || next.kind === "bug") return { outcome: ended(next) };
  const draft = await withNote(input, course, reply, await actOn(input, course, answered, next));
  input.signal.throwIfAborted();
  await input.record.endTurn(draft, input.workspace.files());
  input.kill("turn.recorded");
  const record = { ...draft, manifestHash: "", attemptId: input.record.attemptId };
  const after = courseAfter(course, reply, record, null);
  return draft.submitted === null
    ? { course: after }
    : { outcome: submittedAs(input, after, draft.submitted.submission) };
};

/**
 * Claude in a specialist's workspace: from the opening, or from wherever the recorded turns have come, to a submission or an end. Every
 * fault of the server or of the model's doing is an outcome; an abort is `stopped`. What throws is a defect or the store.
 */
export const refine = async (input: RefineInput): Promise<RefineOutcome> => {
  const begun = await resume(input);
  let { course } = begun;
  // A crash between the last turn and the submission: it is handed in again, and nothing is paid for it.
  if (begun.last?.submitted && judgementOf(input, begun.last) === null)
    return submittedAs(input, course, begun.last.submitted.submission);
  try {
    for (;;) {
      const end = await mayGoOn(input, course);
      if (end !== null) return ended(end);
      const taken = await takeTurn(input, course);
      if ("outcome" in taken) return taken.outcome;
      course = taken.course;
    }
  } catch (error) {
    if (input.signal.aborted) return ended({ kind: "stopped" });
    throw error;
  }
};

import { z } from "zod";
import { messageOf } from "../lib/errors.ts";
import type { Block, Json, ToolResultBlock, ToolSpec, ToolUseBlock } from "./model.ts";
import type { AgentTool, ToolAnswer, ToolContext } from "./tools/tool.ts";

/** Calls of one reply that are run; the rest is answered as errors. */
const MAX_CALLS = 8;

const refuse = (text: string): ToolAnswer => ({ text, isError: true, cells: 0 });

/** The tools as a request names them: sorted, so that the prefix is the same for every role that has them. */
export const toolSpecs = (tools: readonly AgentTool[]): readonly ToolSpec[] =>
  [...tools]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ description, input, name, strict }) => ({
      name,
      description,
      schema: z.toJSONSchema(input, { io: "input" }) as Readonly<Record<string, Json>>,
      strict,
    }));

/** What all calls of one reply came to. `submission` is the last one that a tool took. */
export interface ToolRun {
  readonly answers: readonly { readonly call: ToolUseBlock; readonly answer: ToolAnswer }[];
}

export interface RunToolsInput {
  readonly tools: readonly AgentTool[];
  readonly context: Omit<ToolContext, "toolUseId" | "signal">;
  readonly kill: (name: string) => void;
  readonly log: (call: {
    readonly tool: string;
    readonly isError: boolean;
    readonly text: string;
  }) => void;
}

const runOne = async (
  { context, kill, log, tools }: RunToolsInput,
  call: ToolUseBlock,
  signal: AbortSignal,
): Promise<ToolAnswer> => {
  const tool = tools.find(({ name }) => name === call.name);
  if (tool === undefined) {
    const names = tools.map(({ name }) => name).join(", ");
    return refuse(`There is no tool ${call.name}. Expected one of: ${names}.`);
  }
  const parsed = tool.input.safeParse(call.input);
  if (!parsed.success)
    return refuse(`The input of ${tool.name} is not as expected. ${z.prettifyError(parsed.error)}`);
  kill("tool.before");
  const answer = await tool
    .run(parsed.data, { ...context, toolUseId: call.id, signal })
    .catch((error: unknown) => {
      if (signal.aborted) throw error;
      // A tool that breaks is our defect: the specialist goes on without it, and the log has the words.
      log({ tool: tool.name, isError: true, text: messageOf(error) });
      return refuse(`${tool.name} broke. That is not your fault: go on without this call.`);
    });
  kill("tool.after");
  if (answer.isError) log({ tool: tool.name, isError: true, text: answer.text });
  return answer;
};

/** Runs the calls of one reply: reads side by side, everything else in the order of its blocks, eight at most. An abort is thrown. */
export const runTools = async (
  input: RunToolsInput,
  content: readonly Block[],
  signal: AbortSignal,
): Promise<ToolRun> => {
  const calls = content.filter((block) => block.type === "tool_use");
  const isRead = (call: ToolUseBlock) =>
    input.tools.find(({ name }) => name === call.name)?.reads ?? false;
  const answers = new Map<string, ToolAnswer>();
  const pending: Promise<void>[] = [];
  for (const [at, call] of calls.entries()) {
    signal.throwIfAborted();
    if (at >= MAX_CALLS) {
      answers.set(
        call.id,
        refuse(`Not run: at most ${MAX_CALLS} calls a turn. Make it again in the next turn.`),
      );
      continue;
    }
    const running = runOne(input, call, signal).then((answer) => {
      answers.set(call.id, answer);
    });
    if (isRead(call)) {
      running.catch(() => {}); // awaited below; a second one may fail before that
      pending.push(running);
      continue;
    }
    await Promise.all([...pending.splice(0), running]);
  }
  await Promise.all(pending);
  return {
    answers: calls.map((call) => ({ call, answer: answers.get(call.id) ?? refuse("Not run.") })),
  };
};

/** The message that answers calls: results alone, in the order of the calls. */
export const resultsOf = (answers: ToolRun["answers"]): readonly ToolResultBlock[] =>
  answers.map(({ answer, call }) => ({
    type: "tool_result",
    toolUseId: call.id,
    text: answer.text,
    isError: answer.isError,
  }));

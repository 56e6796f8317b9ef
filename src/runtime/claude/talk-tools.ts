import type { ToolTold } from "../../agents/conversation.ts";
import type { Json, ToolSpec, ToolUseBlock } from "../../agents/model.ts";
import { plainJson, untrusted } from "../../agents/untrusted.ts";
import type { Actor } from "../../engine/command.ts";
import { isProductError, messageOf } from "../../lib/errors.ts";
import type { RuntimeDeps } from "../deps.ts";
import { type KeptProposal, keepProposal } from "./proposals.ts";
import type { FilterTold } from "./talk-filter.ts";

/** One answer of a tool, as characters of JSON. */
const MOST_CHARS = 24_000;
/** A proposal is shown whole before anybody presses. */
const MOST_INPUT = 2_000;
const MOST_PROPOSALS = 3;

/** An operation that a model may see; met by the catalog, which this folder does not know. */
export interface TalkTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly reads: boolean;
  readonly untrusted: readonly string[];
}

export interface TalkOperations {
  readonly offered: (actor: Actor) => Promise<readonly TalkTool[]>;
  readonly problemOf: (name: string, input: unknown) => string | null;
  readonly run: (
    name: string,
    input: unknown,
    call: { readonly actor: Actor; readonly key: string; readonly signal?: AbortSignal },
  ) => Promise<unknown>;
}

/** A run as answers name it. */
export interface NamedRun {
  readonly runId: string;
  readonly text: string;
}

export const specOf = ({ description, name, reads, schema }: TalkTool): ToolSpec => ({
  name,
  description: reads ? description : `${description} Becomes a proposal that a person presses.`,
  schema: schema as ToolSpec["schema"],
  strict: false,
});

interface Desk {
  readonly deps: Pick<RuntimeDeps, "store" | "clock" | "newId" | "log">;
  readonly operations: TalkOperations;
  readonly tools: readonly TalkTool[];
  readonly filter: FilterTold;
  readonly actor: Actor;
  readonly key: string;
  readonly secret: string;
  readonly signal: AbortSignal;
}

/** What one message's tools have come to, besides what the model was told. */
export interface TalkDesk {
  readonly use: (call: ToolUseBlock) => Promise<ToolTold>;
  readonly proposals: readonly KeptProposal[];
  readonly runs: readonly NamedRun[];
}

const refuse = (text: string): ToolTold => ({ text, isError: true });

const errorText = (error: unknown): string => {
  if (!isProductError(error) || error.kind !== "input")
    return "This broke, and it is not your fault. Answer without it.";
  return `${error.code}: ${error.message}. Next: ${error.next ?? "tell the person"}`;
};

const strings = (value: unknown): readonly string[] => {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(strings);
};

/** Runs that an answer names as `run_id` with `run`. */
const namedIn = (value: unknown): readonly NamedRun[] => {
  if (typeof value !== "object" || value === null) return [];
  const { run, run_id: runId } = value as { readonly run?: unknown; readonly run_id?: unknown };
  const own =
    typeof runId === "string" ? [{ runId, text: typeof run === "string" ? run : runId }] : [];
  return [...own, ...Object.values(value).flatMap(namedIn)];
};

const runAt = async ({ deps }: Desk, ref: string): Promise<readonly NamedRun[]> => {
  if (ref.length > 100) return [];
  const found = await deps.store.runs.find(ref);
  if (found !== null && "runId" in found) return [{ runId: found.runId, text: found.name }];
  const approval = await deps.store.approvals.find(ref);
  return approval === null ? [] : [{ runId: approval.runId, text: approval.runName }];
};

/** Text that came back, filtered, marked and cut. */
const told = async (
  desk: Desk,
  call: ToolUseBlock,
  output: unknown,
  runs: readonly string[],
): Promise<ToolTold> => {
  const filtered = await desk.filter(plainJson(output as Json), runs);
  if (filtered === null)
    return refuse(
      "This cannot be told: the data that its text must be held against is not at hand, or it is about too many runs at once. Next: ask about one run.",
    );
  const { text } = filtered;
  const cut =
    text.length <= MOST_CHARS ? text : `${text.slice(0, MOST_CHARS)} … cut: ask for less at a time`;
  return { text: untrusted(desk.secret, call.id, call.name, cut), isError: false };
};

const read = async (
  desk: Desk,
  tool: TalkTool,
  call: ToolUseBlock,
  note: (runs: readonly NamedRun[]) => void,
): Promise<ToolTold> => {
  const { actor, key, operations, signal } = desk;
  const asked = (await Promise.all(strings(call.input).map((ref) => runAt(desk, ref)))).flat();
  const output = await operations.run(tool.name, call.input, {
    actor,
    key: `${key}/${call.id}`,
    signal,
  });
  const named = namedIn(output);
  note([...named, ...asked]);
  const about = tool.untrusted.length > 0 ? [...asked, ...named] : asked;
  return told(desk, call, output, [...new Set(about.map(({ runId }) => runId))]);
};

// A press runs under the proposal's own key: one that the model chose would let a second press, or another proposal, pass for it.
const withoutKey = (input: ToolUseBlock["input"]): ToolUseBlock["input"] => {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([name]) => name !== "idempotency_key"));
};

const propose = async (
  { actor, deps }: Desk,
  tool: TalkTool,
  call: ToolUseBlock,
  proposals: KeptProposal[],
): Promise<ToolTold> => {
  if (proposals.length >= MOST_PROPOSALS)
    return refuse(`Not proposed: at most ${MOST_PROPOSALS} proposals a message.`);
  if (JSON.stringify(call.input, null, 2).length > MOST_INPUT)
    return refuse("Not proposed: the input is too long to be shown whole. Next: shorten it.");
  const made = await keepProposal(deps, actor, {
    operation: tool.name,
    title: tool.title,
    input: withoutKey(call.input),
  });
  proposals.push(made);
  return {
    text: "Proposed, not run. The person sees a button with exactly this input. Say in one sentence what it would do.",
    isError: false,
  };
};

/** The tools of one message: reads run at once as the person, everything else is laid down as a proposal. */
export const createTalkDesk = (desk: Desk): TalkDesk => {
  const proposals: KeptProposal[] = [];
  const runs: NamedRun[] = [];
  const note = (named: readonly NamedRun[]) => void runs.push(...named);
  return {
    proposals,
    runs,
    use: async (call) => {
      const tool = desk.tools.find(({ name }) => name === call.name);
      if (tool === undefined) {
        desk.deps.log.warn("a model asked for what it is not offered", { tool: call.name });
        const names = desk.tools.map(({ name }) => name).join(", ");
        return refuse(`There is no tool ${call.name}. Expected one of: ${names}.`);
      }
      const problem = desk.operations.problemOf(tool.name, call.input);
      if (problem !== null) return refuse(`The input of ${tool.name} is wrong. ${problem}`);
      try {
        return tool.reads
          ? await read(desk, tool, call, note)
          : await propose(desk, tool, call, proposals);
      } catch (error) {
        if (desk.signal.aborted) throw error;
        desk.deps.log.info("a tool of a conversation was refused", {
          tool: tool.name,
          error: messageOf(error),
        });
        return refuse(errorText(error));
      }
    },
  };
};

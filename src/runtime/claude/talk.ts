import type { Conversed } from "../../agents/conversation.ts";
import type { Message } from "../../agents/model.ts";
import { CONVERSATION_MODEL } from "../../agents/models.ts";
import type { Actor } from "../../engine/command.ts";
import { canonicalJson } from "../../lib/hash.ts";
import type { RuntimeDeps } from "../deps.ts";
import { secretKey } from "../secret-key.ts";
import type { Measuring } from "../start-run.ts";
import { commitWorkspace } from "../workspace/identity.ts";
import { hasConsent } from "./consent.ts";
import type { ClaudeDeps } from "./deps.ts";
import { createPress, type PressProposal } from "./press-proposal.ts";
import type { KeptProposal } from "./proposals.ts";
import { createTalkFilter } from "./talk-filter.ts";
import { createTalkPurse } from "./talk-purse.ts";
import { createTalkDesk, type NamedRun, specOf, type TalkOperations } from "./talk-tools.ts";

/** Longer than this nobody waits in a conversation. */
const LONGEST_MS = 120_000;
/** Turns of a thread that are told again. */
const REMEMBERED = 6;
const MOST_WORDS = 4_000;

interface Heard {
  readonly actor: Actor;
  readonly key: string;
  readonly thread: string;
  readonly threadRun: string | null;
  readonly text: string;
}

type Said =
  | {
      readonly kind: "answer";
      readonly text: string;
      readonly refs: readonly NamedRun[];
      readonly proposals: readonly KeptProposal[];
    }
  | { readonly kind: "none"; readonly why: string | null };

/** Talk in words: `press` throws what the operation throws. */
export interface Talk {
  readonly isOn: () => Promise<boolean>;
  readonly say: (heard: Heard) => Promise<Said>;
  readonly press: PressProposal;
}

/** One turn of a thread as it is kept: under a command's key, its words as a blob. */
interface Turn {
  readonly said: string;
  readonly answer: Extract<Said, { readonly kind: "answer" }>;
  readonly calls: readonly { readonly tool: string; readonly input: unknown }[];
}

const messages = (turns: readonly Turn[], now: string): readonly Message[] => [
  ...turns.flatMap(({ answer, said }): readonly Message[] => [
    { role: "user", content: [{ type: "text", text: said }] },
    { role: "assistant", content: [{ type: "text", text: answer.text }] },
  ]),
  { role: "user", content: [{ type: "text", text: now }] },
];

const WHY: Readonly<Record<string, string>> = {
  BUDGET_SPENT: "Today's budget for talk with Claude is spent (budget.conversation.usd).",
  REFUSAL: "Claude refused to answer this.",
};

const whyOf = ({ code }: Extract<Conversed, { readonly kind: "unavailable" }>): string =>
  WHY[code] ?? `Claude did not answer (${code}).`;

type Deps = RuntimeDeps;

const blobOf = async (deps: Deps, key: string): Promise<Turn | null> => {
  const row = await deps.store.keys.get(key);
  const hash = (row?.answer as { readonly hash?: string } | undefined)?.hash;
  const bytes = hash === undefined ? null : await deps.blobs.get(hash);
  return bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString("utf8")) as Turn);
};

const turnKey = (thread: string, no: number) => `talk/${thread}/${no}`;

/** The turns of a thread, oldest first; their number is the next one's. */
const turnsOf = async (deps: Deps, thread: string): Promise<readonly Turn[]> => {
  const turns: Turn[] = [];
  for (;;) {
    const turn = await blobOf(deps, turnKey(thread, turns.length));
    if (turn === null) return turns;
    turns.push(turn);
  }
};

const keep = async (deps: Deps, heard: Heard, no: number, turn: Turn): Promise<void> => {
  const hash = await deps.blobs.put(JSON.stringify(turn));
  const { actor } = heard;
  for (const key of [turnKey(heard.thread, no), `talk/said/${heard.key}`])
    await commitWorkspace<{ readonly hash: string }>(deps, { actor, key, payload: hash }, () => ({
      answer: { hash },
    }));
};

const asked = async (deps: Deps, { actor, text, threadRun }: Heard): Promise<string> => {
  const run = threadRun === null ? null : await deps.store.runs.find(threadRun);
  const about = run !== null && "runId" in run ? { thread_of_run: run.name } : {};
  const now = new Date(deps.clock.nowMs()).toISOString().slice(0, 16);
  return `${canonicalJson({ person: actor.person, now, ...about })}\n${text.slice(0, MOST_WORDS)}`;
};

const refsIn = (text: string, runs: readonly NamedRun[]): readonly NamedRun[] => [
  ...new Map(
    runs.filter((run) => text.includes(run.text)).map((run) => [run.text, run] as const),
  ).values(),
];

/** Conversation as the runtime has it. Operations are the composition's, since this folder does not know them. */
export const createTalk = (
  deps: Deps,
  reopen: Measuring["reopen"],
  operations: TalkOperations,
): Talk => {
  const secret = () => secretKey(deps.home.dir, deps.newId);
  let filter: ReturnType<typeof createTalkFilter> | null = null;
  const filterOnce = () => {
    filter ??= createTalkFilter(deps, reopen, secret());
    return filter;
  };
  const isOn = async () =>
    deps.claude !== null && deps.config.claude.use !== "off" && (await hasConsent(deps));

  const talk = async (claude: ClaudeDeps, heard: Heard): Promise<Said> => {
    const { converse } = await import("../../agents/conversation.ts");
    const { CONVERSATION_SYSTEM } = await import("../../agents/conversation-rules.ts");
    const actor = { ...heard.actor, model: true };
    const signal = AbortSignal.timeout(LONGEST_MS);
    const tools = await operations.offered(actor);
    const desk = createTalkDesk({
      deps,
      operations,
      tools,
      filter: filterOnce(),
      actor,
      key: heard.key,
      secret: secret(),
      signal,
    });
    const turns = await turnsOf(deps, heard.thread);
    const said = await asked(deps, heard);
    const calls: { readonly tool: string; readonly input: unknown }[] = [];
    const done = await converse({
      model: await claude.open(),
      modelName: CONVERSATION_MODEL,
      purse: createTalkPurse(deps, heard.key, claude.prices),
      breaker: claude.breaker,
      system: CONVERSATION_SYSTEM,
      tools: tools.map(specOf),
      messages: messages(turns.slice(-REMEMBERED), said),
      useTool: (call) => {
        calls.push({ tool: call.name, input: call.input });
        return desk.use(call);
      },
      signal,
    });
    if (done.kind === "unavailable") {
      deps.log.info("a conversation came to nothing", { code: done.code, why: done.message });
      return { kind: "none", why: whyOf(done) };
    }
    const { text } = done;
    const { proposals } = desk;
    const answer = { kind: "answer" as const, text, refs: refsIn(text, desk.runs), proposals };
    await keep(deps, heard, turns.length, { said, answer, calls });
    return answer;
  };

  return {
    isOn,
    press: createPress(deps, operations),
    say: async (heard) => {
      const { claude } = deps;
      if (claude === null || heard.actor.person === null || !(await isOn()))
        return { kind: "none", why: null };
      const known = await blobOf(deps, `talk/said/${heard.key}`);
      return known === null ? talk(claude, heard) : known.answer;
    },
  };
};

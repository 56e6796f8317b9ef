import { createHmac } from "node:crypto";
import type { RefineEnd } from "../../agents/answer.ts";
import type { AttemptRecord, Opening } from "../../agents/attempt-record.ts";
import type { Purse, Refused } from "../../agents/budget.ts";
import { refine } from "../../agents/refine.ts";
import { toolSpecs } from "../../agents/run-tools.ts";
import type { AttemptInput, AttemptOutput } from "../../agents/specialist.ts";
import { decisionsOf, type Submission } from "../../agents/tools/tool.ts";
import { createWorkspace, type Files } from "../../agents/workspace.ts";
import type { RunState } from "../../engine/state.ts";
import { secretKey } from "../secret-key.ts";
import type { WorkTools } from "../work/performer.ts";
import { hasConsent } from "./consent.ts";
import { conversationOf } from "./conversation-of.ts";
import type { ClaudeDeps } from "./deps.ts";
import { type Desk, openDesk } from "./desk.ts";
import { readJudgements } from "./judgements.ts";
import { createPurse } from "./purse.ts";
import { createAttemptRecord } from "./record.ts";

/** Room of a first answer, tokens. */
const FIRST_OUTPUT = 16_000;
const WATCH_MS = 1_000;

/** The attempt that is worked on. */
export interface Working {
  readonly runId: string;
  readonly step: string;
  readonly attemptId: string;
  readonly fence: number;
}

/** Whether Claude works on this attempt; the reason is for the log. */
export const usesClaude = async (
  tools: WorkTools,
  state: RunState,
  step: string,
): Promise<boolean> =>
  tools.claude !== null &&
  tools.config.claude.use === "auto" &&
  !tools.demo &&
  state.steps[step]?.useDraft !== true &&
  (await hasConsent(tools));

const openingFor = async (
  record: AttemptRecord,
  desk: Desk,
  claude: ClaudeDeps,
): Promise<Opening> => {
  const known = await record.opening();
  if (known !== null) return known;
  const { brief } = desk.context;
  const { cells, opening: messages, system } = desk.prompt;
  const opening: Opening = {
    model: claude.modelOf(brief.role),
    effort: brief.effort,
    maxTokens: FIRST_OUTPUT,
    taskBudget: Math.max(20_000, brief.limits.tokens),
    limits: brief.limits,
    system,
    tools: toolSpecs(desk.tools),
    messages,
    cells,
    secret: desk.context.secret,
  };
  await record.open(opening);
  return opening;
};

const changedFrom = (draft: Files, files: Files): readonly string[] => {
  const same = (path: string, bytes: Uint8Array) => {
    const old = draft.get(path);
    return old !== undefined && Buffer.compare(old, bytes) === 0;
  };
  const written = [...files].filter(([path, bytes]) => !same(path, bytes)).map(([path]) => path);
  return [...written, ...[...draft.keys()].filter((path) => !files.has(path))].sort();
};

const outputOf = (
  draft: AttemptOutput,
  submission: Submission,
  files: Files,
  told: { readonly model: string; readonly turns: number; readonly cells: number },
): AttemptOutput => ({
  files,
  parts: draft.parts,
  summary: {
    ...draft.summary,
    writtenBy: "claude",
    decisions: [...decisionsOf(submission.summary), ...draft.summary.decisions],
    risks: submission.summary.risks,
    openQuestions: submission.summary.openQuestions,
    resolutions: submission.resolutions,
    claude: { ...told, changed: changedFrom(draft.files, files) },
  },
});

/** Aborts `stop` with the scope when a cap was lowered below what is spent and held. */
const watchCaps = (tools: WorkTools, { over }: Purse, stop: AbortController): (() => void) => {
  const timer = setInterval(() => {
    over()
      .then((refused) => {
        if (refused !== null) stop.abort(refused);
      })
      .catch(() => tools.log.warn("the caps could not be read"));
  }, WATCH_MS);
  return () => clearInterval(timer);
};

export type Refined =
  | { readonly kind: "submitted"; readonly output: AttemptOutput }
  | { readonly kind: "ended"; readonly end: RefineEnd };

interface Work {
  readonly tools: WorkTools;
  readonly claude: ClaudeDeps;
  readonly state: RunState;
  readonly working: Working;
  readonly input: AttemptInput;
  readonly draft: AttemptOutput;
}

const converse = async (work: Work, desk: Desk, signal: AbortSignal): Promise<Refined> => {
  const { claude, draft, state, tools, working } = work;
  const conversation = conversationOf(state, working.attemptId);
  const record = await createAttemptRecord(tools, { ...working, conversation });
  const opening = await openingFor(record, desk, claude);
  const judged = await readJudgements(tools, state, conversation, desk.renderFindings);
  for (const [attemptId, text] of judged)
    if (!record.judgements.has(attemptId)) await record.judge(attemptId, text);
  const purse = createPurse(tools, working, claude.prices);
  const capped = new AbortController();
  const unwatch = watchCaps(tools, purse, capped);
  try {
    const outcome = await refine({
      model: await claude.open(),
      record,
      purse,
      breaker: claude.breaker,
      nowMs: tools.clock.nowMs,
      random: claude.random,
      sleep: claude.sleep,
      kill: tools.kill,
      on: (event) => {
        if (event.type === "progress")
          tools.progress(working.runId, working.step, event.text.slice(0, 200));
      },
      signal: AbortSignal.any([signal, capped.signal]),
      opening,
      workspace: desk.workspace,
      tools: {
        tools: desk.tools,
        context: { ...desk.context, secret: opening.secret },
        log: (call) => tools.log.info("a tool refused", { ...working, tool: call.tool }),
      },
      judgements: record.judgements,
      compare: desk.compare,
      renderFindings: desk.renderFindings,
      paused: async () => (await tools.store.runs.state(working.runId)).status !== "running",
    });
    if (outcome.kind === "ended")
      return capped.signal.aborted && !signal.aborted
        ? { kind: "ended", end: { ...(capped.signal.reason as Refused), kind: "budget" } }
        : outcome;
    const { cells, files, submission, turns } = outcome;
    const told = { model: opening.model, turns, cells };
    return { kind: "submitted", output: outputOf(draft, submission, files, told) };
  } finally {
    unwatch();
  }
};

/**
 * Claude refines the draft of one attempt, from the opening or from where the attempt that it continues has come. The draft is what it
 * starts from, and what it is compared with.
 */
export const refineStep = async (work: Work, signal: AbortSignal): Promise<Refined> => {
  const { draft, input, state, tools, working } = work;
  const conversation = conversationOf(state, working.attemptId);
  const secret = createHmac("sha256", secretKey(tools.home.dir, tools.newId))
    .update(`conversation/${conversation}`)
    .digest("hex");
  const start = input.previous.size > 0 ? input.previous : draft.files;
  const workspace = createWorkspace({
    draft: draft.files,
    previous: input.previous,
    upstream: new Map([...input.upstream].map(([path, text]) => [path, Buffer.from(text, "utf8")])),
    start,
  });
  const { attemptId, step } = working;
  const desk = await openDesk({ tools, state, step, attemptId, input, draft, workspace, secret });
  try {
    return await converse(work, desk, signal);
  } finally {
    desk.close();
  }
};

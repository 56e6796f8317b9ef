import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createCompare, createRenderFindings } from "../../agents/compare.ts";
import { openDataPort, personalFields } from "../../agents/data-port.ts";
import type { StepSummary } from "../../agents/draft.ts";
import { renderPrompt } from "../../agents/prompt.ts";
import type { CompareWithDraft, Prompt, RenderFindings } from "../../agents/refine-ports.ts";
import { releaseFacts } from "../../agents/release.ts";
import type { AttemptInput, AttemptOutput } from "../../agents/specialist.ts";
import { toolsFor } from "../../agents/tools/catalog.ts";
import type { AgentTool, DataLevel, ToolContext } from "../../agents/tools/tool.ts";
import { createVeil } from "../../agents/veil.ts";
import type { OpenWorkspace } from "../../agents/workspace.ts";
import { LEAST_ROWS } from "../../data/aggregate-rules.ts";
import type { Dataset } from "../../data/dataset.ts";
import { rareValues } from "../../data/rare-values.ts";
import type { RunState } from "../../engine/state.ts";
import type { Facts } from "../../spec/facts.ts";
import { type RunInput, readRunInput, readStep } from "../documents.ts";
import { textsOf } from "../tree.ts";
import type { WorkTools } from "../work/performer.ts";
import { createChecksPort, createMakePort } from "./ports.ts";
import { createTraining } from "./training.ts";

/** Everything on a specialist's desk: what it can do, what it is told first, what its work is held against. */
export interface Desk {
  readonly tools: readonly AgentTool[];
  readonly context: Omit<ToolContext, "toolUseId" | "signal">;
  readonly workspace: OpenWorkspace;
  readonly prompt: Prompt & { readonly cells: number };
  readonly compare: CompareWithDraft;
  readonly renderFindings: RenderFindings;
  readonly close: () => void;
}

export interface DeskInput {
  readonly tools: WorkTools;
  readonly state: RunState;
  readonly step: string;
  readonly attemptId: string;
  readonly input: AttemptInput;
  readonly draft: AttemptOutput;
  readonly workspace: OpenWorkspace;
  readonly secret: string;
}

/** Values that may not leave at this level: of few rows with aggregates, any with schema, none but personal ones with rows. */
const withheldAt = async (
  dataset: Dataset,
  facts: Facts,
  level: DataLevel,
): Promise<readonly string[]> =>
  level === "rows"
    ? []
    : rareValues(dataset, personalFields(facts), level === "schema" ? null : LEAST_ROWS);

const knowledgeIn = async (dir: string): Promise<ToolContext["knowledge"]> => {
  const names = await readdir(dir).catch(() => []);
  const known = names.filter((name) => name.endsWith(".md")).sort();
  return {
    names: known,
    read: async (name) => (known.includes(name) ? readFile(join(dir, name), "utf8") : null),
  };
};

const contextOf = async (
  desk: DeskInput,
  runInput: RunInput,
  dataset: Dataset,
): Promise<Omit<ToolContext, "toolUseId" | "signal"> & { readonly close: () => void }> => {
  const { attemptId, draft, input, secret, state, step, tools, workspace } = desk;
  const level = tools.config.claude.data;
  const { facts, role, spec } = input;
  const veil = createVeil({
    personal: await tools.probes(runInput, facts),
    withheld: await withheldAt(dataset, facts, level),
    secret,
  });
  const scope = { state, step, attemptId, input: runInput, draft };
  const data = await openDataPort({ dataset, facts, level });
  return {
    role,
    brief: tools.prompts.briefs[role],
    spec,
    facts,
    workspace,
    comments: input.comments,
    level,
    data,
    checks: createChecksPort(tools, scope),
    make: createMakePort(tools, scope),
    knowledge: await knowledgeIn(join(tools.promptsDir, "knowledge")),
    veil,
    secret,
    close: data.close,
  };
};

/** What the steps that this one needs have said of their work. */
const summariesOf = async (
  tools: WorkTools,
  state: RunState,
  step: string,
): Promise<readonly StepSummary[]> => {
  const needs = state.steps[step]?.step.needs ?? [];
  const found = await Promise.all(
    needs.map(async (need) => {
      const attempt = state.attempts[state.steps[need]?.lastAttemptId ?? ""];
      return attempt?.summaryHash
        ? [(await readStep(tools.blobs, attempt.summaryHash)).summary]
        : [];
    }),
  );
  return found.flat();
};

/** Opens the data and lays everything out; the caller closes it. */
export const openDesk = async (desk: DeskInput): Promise<Desk> => {
  const { draft, input, secret, state, tools, workspace } = desk;
  const runInput = await readRunInput(tools.blobs, state.specHash);
  const opened = await tools.openData(runInput);
  const { close, ...context } = await contextOf(desk, runInput, opened.dataset);
  const { attemptId, step } = desk;
  const { facts, spec } = input;
  const scope = {
    state,
    step,
    attemptId,
    input: runInput,
    draft,
    dataset: opened.dataset,
    facts,
    spec,
  };
  return {
    tools: toolsFor(context.brief),
    context,
    workspace,
    prompt: renderPrompt({
      houseRules: await readFile(join(tools.promptsDir, "house-rules.md"), "utf8"),
      brief: context.brief,
      spec: input.spec,
      facts: releaseFacts(input.facts, context.level, context.veil),
      summaries: await summariesOf(tools, state, desk.step),
      draft: draft.files,
      upstream: input.upstream,
      comments: input.comments,
      veil: context.veil,
      secret,
    }),
    compare: createCompare({
      comments: input.comments,
      training: await createTraining(tools, scope, draft.files),
    }),
    renderFindings: createRenderFindings(() => ({
      level: context.level,
      veil: context.veil,
      texts: textsOf(workspace.files()),
    })),
    close: () => {
      close();
      opened.close();
    },
  };
};

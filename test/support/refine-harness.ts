import { readFileSync } from "node:fs";
import { join } from "node:path";
import type {
  AttemptRecord,
  CallRecord,
  Opening,
  TurnRecord,
} from "../../src/agents/attempt-record.ts";
import { type Breaker, createBreaker } from "../../src/agents/breaker.ts";
import type { Purse } from "../../src/agents/budget.ts";
import { createClaude } from "../../src/agents/claude.ts";
import { stableJson } from "../../src/agents/limits.ts";
import type { Json, Model, UsageEntry } from "../../src/agents/model.ts";
import { costOf, PRICES } from "../../src/agents/prices.ts";
import { type RefineInput, type RefineOutcome, refine } from "../../src/agents/refine.ts";
import { toolSpecs } from "../../src/agents/run-tools.ts";
import { AGENT_TOOLS } from "../../src/agents/tools/catalog.ts";
import type { ToolContext } from "../../src/agents/tools/tool.ts";
import { createVeil } from "../../src/agents/veil.ts";
import { createWorkspace, type Files } from "../../src/agents/workspace.ts";
import { sha256 } from "../../src/lib/hash.ts";
import { sleep } from "../../src/lib/sleep.ts";
import { parseBrief } from "../../src/spec/brief.ts";
import type { Facts } from "../../src/spec/facts.ts";
import { type FakeAnthropic, startFakeAnthropic } from "./fake-anthropic/server.ts";
import type { Script } from "./fake-anthropic/wire.ts";

const facts = JSON.parse(
  readFileSync(join(process.cwd(), "test", "support", "birdstrikes-facts.json"), "utf8"),
) as Facts;

const BRIEF = parseBrief(
  `---
role: data-scientist
title: Data scientist
phase: 1
needs: []
deliverables:
  - {id: features, files: ["docs/*.md"]}
tools: [submit]
effort: low
limits: {turns: 30, tokens: 2000000}
---
Deliver.
`,
  "brief.md",
);

/** What one conversation kept: a record as on disk, which outlives a "crash" of the loop that wrote it. */
export interface Kept {
  opening: Opening | null;
  readonly calls: CallRecord[];
  readonly turns: TurnRecord[];
  readonly files: Map<string, Files>;
  readonly settled: Map<string, { readonly microUsd: number | null; readonly outcome: string }>;
  readonly reserved: { readonly call: string; readonly maxTokens: number }[];
}

export const nothingKept = (): Kept => ({
  opening: null,
  calls: [],
  turns: [],
  files: new Map(),
  settled: new Map(),
  reserved: [],
});

const recordOn = (kept: Kept, attemptId: string): AttemptRecord => ({
  attemptId,
  opening: async () => kept.opening,
  open: async (opening) => {
    kept.opening = opening;
  },
  calls: async () => kept.calls,
  turns: async () => kept.turns,
  prepare: async (turn, no, request) => {
    const requestHash = sha256(stableJson(request as unknown as Json));
    kept.calls.push({
      attemptId,
      turn,
      no,
      state: "prepared",
      requestHash,
      reply: null,
      fault: null,
    });
  },
  complete: async (turn, no, reply) => {
    const at = kept.calls.findIndex((call) => call.turn === turn && call.no === no);
    const call = kept.calls[at];
    if (call) kept.calls[at] = { ...call, state: "completed", reply };
  },
  fail: async (turn, no, fault) => {
    const at = kept.calls.findIndex((call) => call.turn === turn && call.no === no);
    const call = kept.calls[at];
    if (call) kept.calls[at] = { ...call, state: "failed", fault };
  },
  endTurn: async (draft, files) => {
    const manifestHash = `${kept.turns.length}`;
    kept.files.set(manifestHash, new Map(files));
    kept.turns.push({ ...draft, attemptId, manifestHash });
  },
  files: async (hash) => kept.files.get(hash) ?? new Map(),
});

export interface HarnessOptions {
  readonly kept?: Kept;
  readonly attemptId?: string;
  readonly maxTokens?: number;
  readonly limits?: Opening["limits"];
  readonly model?: string;
  readonly signal?: AbortSignal;
  readonly kill?: (name: string) => void;
  readonly judgements?: ReadonlyMap<string, string>;
  readonly compare?: RefineInput["compare"];
  readonly refuse?: (maxTokens: number) => boolean;
  readonly share?: number;
  readonly breaker?: Breaker;
  readonly silenceMs?: number;
  readonly play?: Model;
  readonly paused?: () => Promise<boolean>;
  /** A server that goes on; else one of its own. */
  readonly fake?: FakeAnthropic;
}

export interface Conversed {
  readonly outcome: RefineOutcome;
  readonly kept: Kept;
  readonly fake: FakeAnthropic;
  readonly waits: readonly number[];
  /** What was settled as known, micro-USD. */
  readonly paid: number;
  readonly files: Files;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");

const contextFor = (workspace: ToolContext["workspace"]): RefineInput["tools"]["context"] => ({
  role: "data-scientist",
  brief: BRIEF,
  spec: {} as never,
  facts,
  workspace,
  comments: [],
  level: "aggregates",
  data: { query: async () => ({ kind: "refused", why: "no data here" }) },
  checks: { run: async () => ({ green: true, results: [], findings: [] }) },
  make: { targets: ["test"], run: async () => ({ kind: "not_run", why: "no Python" }) },
  knowledge: { names: [], read: async () => null },
  veil: createVeil({ personal: [], withheld: [], secret: "s" }),
  secret: "s",
});

const purseOn = (kept: Kept, options: HarnessOptions): Purse => ({
  reserve: async (call, { maxTokens }) => {
    if (options.refuse?.(maxTokens)) return { kind: "refused", scope: "run.usd", need: 9, have: 1 };
    kept.reserved.push({ call, maxTokens });
    return { kind: "held" };
  },
  settle: async (call, _model, bill: readonly UsageEntry[] | null, outcome) => {
    if (kept.settled.has(call)) return;
    kept.settled.set(call, {
      microUsd: bill === null ? null : costOf(PRICES, bill, Date.now()),
      outcome,
    });
  },
  share: async () => options.share ?? 0,
  over: async () => null,
});

const openingFor = ({ limits, maxTokens, model }: HarnessOptions): Opening => ({
  model: model ?? "claude-sonnet-5-5",
  effort: "low",
  maxTokens: maxTokens ?? 16_000,
  taskBudget: 100_000,
  limits: limits ?? BRIEF.limits,
  system: [{ text: "Rules." }, { text: BRIEF.prose, cache: "1h" }],
  tools: toolSpecs(AGENT_TOOLS),
  messages: [{ role: "user", content: [{ type: "text", text: "Begin.", cache: "1h" }] }],
  cells: 3,
  secret: "s",
});

/** The real loop, client and tools against the fake server, with a record and a purse in memory. Waits are noted, not waited for. */
export const converse = async (
  script: Script,
  options: HarnessOptions = {},
  use: (conversed: Conversed) => void | Promise<void> = () => {},
): Promise<void> => {
  const fake = options.fake ?? (await startFakeAnthropic(script));
  try {
    const kept = options.kept ?? nothingKept();
    const draft = new Map([["docs/features.md", bytes("# Features\n")]]);
    const workspace = createWorkspace({
      draft,
      previous: new Map(),
      upstream: new Map(),
      start: draft,
    });
    kept.opening ??= openingFor(options);
    const waits: number[] = [];
    const claude = createClaude({
      apiKey: fake.key,
      baseUrl: fake.url,
      userHash: "u",
      onBrokenPrefix: "error",
      silenceMs: options.silenceMs ?? 5_000,
      warn: () => {},
    });
    const signal = options.signal ?? new AbortController().signal;
    const outcome = await refine({
      model: options.play ?? claude,
      record: recordOn(kept, options.attemptId ?? "A1"),
      purse: purseOn(kept, options),
      breaker: options.breaker ?? createBreaker(Date.now),
      nowMs: Date.now,
      random: () => 1,
      sleep: (ms, stop) => {
        waits.push(ms);
        return sleep(0, stop);
      },
      kill: options.kill ?? (() => {}),
      on: () => {},
      signal,
      opening: kept.opening,
      workspace,
      tools: { tools: AGENT_TOOLS, context: contextFor(workspace), log: () => {} },
      judgements: options.judgements ?? new Map(),
      compare: options.compare ?? (async () => []),
      renderFindings: (findings) => findings.map(({ message }) => message).join("\n"),
      paused: options.paused ?? (async () => false),
    });
    const paid = [...kept.settled.values()].reduce((sum, { microUsd }) => sum + (microUsd ?? 0), 0);
    await use({ outcome, kept, fake, waits, paid, files: workspace.files() });
  } finally {
    if (options.fake === undefined) await fake.close();
  }
};

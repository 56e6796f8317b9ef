import { findReads } from "../agents/reads.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Actor, Budget } from "../engine/command.ts";
import { BugError, UserInputError } from "../lib/errors.ts";
import { usd } from "../lib/money.ts";
import { endingWarnings } from "../repo/lock.ts";
import type { WorkspaceConfig } from "../spec/config.ts";
import type { Facts } from "../spec/facts.ts";
import { remoteAsked } from "../spec/intake.ts";
import { ROLES } from "../spec/roles.ts";
import type { SourceSpec } from "../spec/source-argument.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { PartialSpec } from "../spec/spec-file.ts";
import { settleSources } from "./data-roots.ts";
import { settleRemote } from "./delivery/settle-remote.ts";
import type { RuntimeDeps } from "./deps.ts";
import type { DispatchCommand } from "./dispatch.ts";
import { type RunInput, readFacts, readRunInput, writeDocument } from "./documents.ts";
import { playbookOf } from "./playbook.ts";
import { namesOf } from "./step-inputs.ts";

/** What a person says to start a run; what is missing is asked for or listed at once. */
export interface StartRequest {
  readonly name?: string;
  readonly goal?: string;
  readonly dataset?: string;
  readonly target?: string;
  readonly positive?: string;
  readonly remote?: string | null;
  readonly branch?: string;
  /** Several sources, the first of which holds the target; it stands for `dataset` where that is missing. */
  readonly sources?: readonly SourceSpec[];
  readonly options: Readonly<Record<string, string>>;
  /** Any keys of a spec; what is said besides takes precedence. */
  readonly spec?: PartialSpec;
  /** A cap of this run alone, at most the workspace's. */
  readonly budgetUsd?: number;
}

export interface StartedRun {
  readonly runId: string;
  readonly name: string;
  readonly seq: number;
  readonly facts: Facts;
  readonly warnings: readonly string[];
}

/** What was measured: the facts, the kept bytes, and the sample (Parquet) that goes into the repository. */
export interface Measured {
  readonly facts: Facts;
  readonly snapshot: RunInput["snapshot"];
  readonly sample: Uint8Array;
}

/** What the composition makes of `src/data` and the facts: all that is measured before the first step. */
export interface Measuring {
  /** The complete spec of a request. UserInputError INTAKE lists everything missing or wrong at once. */
  readonly intake: (request: StartRequest) => PipelineSpec;
  /** Opens and measures the dataset and keeps its bytes. UserInputError with the code of what is wrong with it. */
  readonly measure: (spec: PipelineSpec) => Promise<Measured>;
  /** Measures a kept snapshot again under another spec. */
  readonly remeasure: (input: RunInput, spec: PipelineSpec) => Promise<Measured>;
  /** Values of the run's personal columns that no file may hold; empty where no column is personal. In memory alone. */
  readonly probes: (input: RunInput, facts: Facts) => Promise<readonly string[]>;
  /** Opens the run's own snapshot; the caller closes it. */
  readonly reopen: (
    input: RunInput,
  ) => Promise<{ readonly dataset: Dataset; readonly close: () => void }>;
}

const MS_PER_HOUR = 3_600_000;

const capOf = (amounts: WorkspaceConfig["budget"]["run"]) => ({
  microUsd: amounts.usd === undefined ? null : usd(amounts.usd),
  tokens: amounts.tokens ?? null,
  ms: amounts.hours === undefined ? null : Math.round(amounts.hours * MS_PER_HOUR),
});

/** A run may be given less than the workspace allows; more is for a budget approval to decide. UserInputError BUDGET_TOO_HIGH. */
export const budgetOf = ({ budget }: WorkspaceConfig, ownUsd: number | undefined): Budget => {
  const most = budget.run.usd;
  if (ownUsd !== undefined && most !== undefined && ownUsd > most) {
    throw new UserInputError("BUDGET_TOO_HIGH", `a run may cost at most $${most}, got $${ownUsd}`, {
      next: "start with less; an approval can raise it later, or the owner raises budget.run",
    });
  }
  return {
    run: capOf(ownUsd === undefined ? budget.run : { ...budget.run, usd: ownUsd }),
    phase: capOf(budget.phase),
  };
};

/** Spec and facts as documents, with what each step reads of them; the hash of the first names all. */
export const storeRunInput = async (
  { blobs, plans, prompts }: Pick<RuntimeDeps, "blobs" | "plans" | "prompts">,
  spec: PipelineSpec,
  { facts, sample, snapshot }: Measured,
): Promise<string> => {
  const factsHash = await writeDocument(blobs, facts);
  const sampleHash = await blobs.put(sample);
  const found = findReads({ prompts, plans, spec, facts, names: namesOf(spec) });
  const reads = Object.fromEntries(
    ROLES.map((role) => [
      role,
      role === "data-engineer" ? `${found[role].hash} ${sampleHash}` : found[role].hash,
    ]),
  );
  return writeDocument(blobs, { spec, snapshot, factsHash, sampleHash, reads });
};

const warningsOf = (spec: PipelineSpec): readonly string[] =>
  endingWarnings(spec).map(
    (warning) => `${warning.system}: ${warning.text}; way out: ${warning.instead.join(" or ")}`,
  );

const nameOf = async (deps: RuntimeDeps, runId: string): Promise<string> => {
  const run = await deps.store.runs.find(runId);
  if (run !== null && !("candidates" in run)) return run.name;
  throw new BugError("RUN_LOST", `run ${runId} was started and is not there`);
};

// A key that was used before names its run: nothing is measured or stored again.
const repeated = async (deps: RuntimeDeps, key: string): Promise<StartedRun | null> => {
  const known = await deps.store.keys.get(key);
  if (known === null) return null;
  const state = await deps.store.runs.state(known.runId);
  const input = await readRunInput(deps.blobs, state.specHash);
  return {
    runId: known.runId,
    name: await nameOf(deps, known.runId),
    seq: known.headSeq,
    facts: await readFacts(deps.blobs, input.factsHash),
    warnings: warningsOf(input.spec),
  };
};

/** Makes the way in: intake, measuring, snapshot, and only then the run, so that bad input leaves nothing behind. */
export const createStartRun =
  (deps: RuntimeDeps, measuring: Measuring, dispatch: DispatchCommand) =>
  async (request: StartRequest, actor: Actor, key: string): Promise<StartedRun> => {
    const before = await repeated(deps, key);
    if (before) return before;
    const asked = settleRemote(
      measuring.intake(request),
      remoteAsked(request),
      deps.config.repository,
      actor,
    );
    const spec = await settleSources(deps, asked, actor);
    const budget = budgetOf(deps.config, request.budgetUsd);
    const measured = await measuring.measure(spec);
    const specHash = await storeRunInput(deps, spec, measured);
    const known = await deps.store.pipelines.find(spec.pipeline.name);
    const pipelineId = known?.id ?? deps.newId();
    const runId = deps.newId();
    const started = await dispatch({
      key,
      runId,
      actor,
      body: {
        type: "StartRun",
        pipelineId,
        specHash,
        playbook: [...playbookOf(deps.prompts)],
        policyVersion: deps.version,
        budget,
      },
      also: {
        pipelines: [
          { id: pipelineId, name: spec.pipeline.name, spec: JSON.parse(JSON.stringify(spec)) },
        ],
      },
    });
    if (!started.ok) {
      throw new UserInputError(started.rejection.code, started.rejection.message, {
        next: started.rejection.valid.join(", "),
      });
    }
    return {
      runId,
      name: await nameOf(deps, runId),
      seq: started.seq,
      facts: measured.facts,
      warnings: warningsOf(spec),
    };
  };

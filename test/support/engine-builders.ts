import type {
  Actor,
  Command,
  CommandBody,
  Comment,
  FileEntry,
  PlaybookStep,
} from "../../src/engine/command.ts";
import type { Context, PersonRoles, Rejection, Work } from "../../src/engine/context.ts";
import { decide, isRejection } from "../../src/engine/decide.ts";
import { due } from "../../src/engine/due.ts";
import type { RunEvent } from "../../src/engine/event.ts";
import { emptyRun, evolve } from "../../src/engine/evolve.ts";
import type { ResolvedPolicy } from "../../src/engine/policy.ts";
import type { RunState } from "../../src/engine/state.ts";
import { manifestHash, sha256 } from "../../src/lib/hash.ts";

/** A valid ULID made from a number: the same number, the same id. */
export const id = (n: number): string => `01J${String(n).padStart(23, "0")}`;

export const RUN_ID = id(1);
export const T0 = 1_700_000_000_000;
export const HOUR = 3_600_000;

const ROLES = [
  ["data-engineer", 1, ["dataset"], ["src/*/ingest.py", "conf/data.yaml", "expectations/**"]],
  ["data-scientist", 1, ["experiment"], ["src/*/features.py", "conf/model.yaml"]],
  ["ml-engineer", 2, ["training"], ["src/*/train.py", "src/*/predict.py"]],
  ["python-pro", 2, ["tests"], ["src/*/common.py", "src/*/train.py", "tests/**"]],
  ["mlops-engineer", 3, ["serving"], ["src/*/serve.py", "deploy/**"]],
  ["kubernetes-architect", 3, ["cluster"], ["k8s/**"]],
  ["observability-engineer", 4, ["monitoring"], ["monitoring/**"]],
] as const;

export type StepKey = (typeof ROLES)[number][0];
export const STEPS: readonly StepKey[] = ROLES.map(([key]) => key);

/** The seven steps, each needing all earlier ones. */
export const playbook = (): PlaybookStep[] =>
  ROLES.map(([key, phase, deliverables, files], index) => ({
    key,
    phase,
    needs: ROLES.slice(0, index).map(([need]) => need),
    deliverables: [...deliverables],
    files: [...files],
  }));

/** Three people: one owns the home, two approve. `starter` has no role. */
export const PEOPLE: readonly PersonRoles[] = [
  { id: "owner", roles: ["lead"] },
  { id: "ann", roles: ["approver", "lead"] },
  { id: "bob", roles: ["approver"] },
  { id: "starter", roles: [] },
];

export const policy = (change: Partial<ResolvedPolicy> = {}): ResolvedPolicy => ({
  version: "p1",
  owner: "owner",
  roles: ["approver"],
  people: [],
  quorum: 1,
  distinctRoles: false,
  selfApproval: false,
  risk: null,
  assistantForms: false,
  minLevel: { else: "parsed" },
  deadlineMs: 24 * HOUR,
  reminders: [4 * HOUR],
  escalateTo: [],
  unattested: "deny",
  environment: null,
  ...change,
});

export const policies = (change: Partial<ResolvedPolicy> = {}): Context["policies"] =>
  Object.fromEntries(
    ["phase.1", "phase.2", "phase.3", "phase.4", "budget", "release"].map((name) => [
      name,
      policy(change),
    ]),
  );

export const hashes = (spec = "spec"): Context["inputHashes"] =>
  Object.fromEntries(STEPS.map((key) => [key, sha256(`${spec} ${key}`)]));

export const context = (change: Partial<Context> = {}): Context => ({
  policies: policies(),
  people: PEOPLE,
  slackConfigured: true,
  inputHashes: hashes(),
  manifests: {},
  carried: null,
  parent: null,
  ...change,
});

/** The files that a step makes in one version: a pure function of both, so that equal versions give equal bytes. */
export const filesOf = (step: string, version: number): readonly FileEntry[] => [
  { path: `${step}.txt`, sha256: sha256(`${step} ${version}`) },
];
export const manifestOf = (step: string, version: number): string =>
  manifestHash(filesOf(step, version));

/** Every manifest that a test may make: each step in versions 0..4. */
export const allManifests = (): Context["manifests"] =>
  Object.fromEntries(
    STEPS.flatMap((step) =>
      [0, 1, 2, 3, 4].map((version) => [manifestOf(step, version), filesOf(step, version)]),
    ),
  );

export const person = (who: string, change: Partial<Actor> = {}): Actor => ({
  person: who,
  via: "slack",
  ref: who,
  model: false,
  ...change,
});
export const WORKER: Actor = { person: null, via: "worker", ref: "w1", model: false };

export const comment = (n: number, change: Partial<Comment> = {}): Comment => ({
  id: id(900_000 + n),
  file: null,
  line: null,
  severity: "should",
  text: `comment ${n}`,
  from: "person",
  ...change,
});

const COUNTS = { block: 0, warn: 0, info: 0, later: 0, skipped: 0 };
const TOKENS = { input: 0, output: 0, read: 0, write5m: 0, write1h: 0, thinking: 0 };

/** A run with a clock, driven by commands through decide and evolve alone. */
export interface Harness {
  readonly state: () => RunState;
  readonly log: () => readonly RunEvent[];
  readonly now: () => number;
  readonly sleep: (ms: number) => void;
  readonly use: (change: Partial<Context>) => void;
  readonly newId: () => string;
  /** The context that decisions see now. */
  readonly context: () => Context;
  readonly send: (body: CommandBody, actor?: Actor) => readonly RunEvent[] | Rejection;
  /** Like send, but throws the rejection: for steps of a story that must be accepted. */
  readonly ok: (body: CommandBody, actor?: Actor) => readonly RunEvent[];
  /** Code of the rejection, or "accepted". */
  readonly code: (body: CommandBody, actor?: Actor) => string;
  readonly due: (maxParallelSteps?: number) => readonly Work[];
  readonly claim: (step: string) => string;
  readonly submit: (step: string, version?: number) => readonly RunEvent[];
  readonly check: (
    step: string,
    change?: Partial<CommandFor<"FinishChecks">>,
  ) => readonly RunEvent[];
  /** Claim, submit, green checks. */
  readonly work: (step: string, version?: number) => readonly RunEvent[];
  /** The newest approval of a phase. */
  readonly approval: (phase: 1 | 2 | 3 | 4) => string;
  readonly vote: (
    phase: 1 | 2 | 3 | 4,
    change?: Partial<CommandFor<"CastVote">>,
    actor?: Actor,
  ) => readonly RunEvent[] | Rejection;
}

type CommandFor<T extends CommandBody["type"]> = Extract<CommandBody, { readonly type: T }>;

export const startBody = (): CommandFor<"StartRun"> => ({
  type: "StartRun",
  pipelineId: id(2),
  specHash: sha256("spec"),
  playbook: playbook(),
  policyVersion: "p1",
  budget: {
    run: { microUsd: 10_000_000, tokens: null, ms: null },
    phase: { microUsd: 4_000_000, tokens: null, ms: null },
  },
});

export const harness = (change: Partial<Context> = {}): Harness => {
  let state = emptyRun(RUN_ID);
  let nowMs = T0;
  let ctx = context({ manifests: allManifests(), ...change });
  let ids = 1_000;
  const log: RunEvent[] = [];
  const newId = () => id(ids++);

  const send: Harness["send"] = (body, actor = WORKER) => {
    const command: Command = {
      key: `k${ids}`,
      runId: RUN_ID,
      actor,
      nowMs,
      ids: Array.from({ length: 8 }, newId),
      body,
    };
    const events = decide(state, command, ctx);
    if (isRejection(events)) return events;
    for (const event of events) {
      state = evolve(state, event, { at: nowMs, seq: state.seq + 1, actor });
      log.push(event);
    }
    return events;
  };
  const ok: Harness["ok"] = (body, actor) => {
    const events = send(body, actor);
    if (isRejection(events)) throw new Error(`${body.type}: ${events.code} ${events.message}`);
    return events;
  };
  const attemptOf = (step: string) => {
    const attempt = state.attempts[state.steps[step]?.lastAttemptId ?? ""];
    if (!attempt) throw new Error(`no attempt on ${step}`);
    return attempt;
  };
  const claim: Harness["claim"] = (step) => {
    const attemptId = newId();
    ok({
      type: "ClaimAttempt",
      stepKey: step,
      attemptId,
      worker: "w1",
      leaseUntilMs: nowMs + 30_000,
    });
    return attemptId;
  };
  const submit: Harness["submit"] = (step, version = 0) => {
    const { attemptId, fence } = attemptOf(step);
    return ok({
      type: "SubmitAttempt",
      attemptId,
      fence,
      manifestHash: manifestOf(step, version),
      files: 1,
      bytes: 10,
      summaryHash: sha256("summary"),
      resolutions: (state.steps[step]?.openComments ?? []).map((one) => ({
        commentId: one.id,
        status: "done",
        how: "did it",
        files: [],
      })),
    });
  };
  const check: Harness["check"] = (step, over = {}) => {
    const { attemptId, fence } = attemptOf(step);
    return ok({
      type: "FinishChecks",
      attemptId,
      fence,
      green: true,
      counts: COUNTS,
      levels: Object.fromEntries(
        (state.steps[step]?.step.deliverables ?? []).map((one) => [one, "executed" as const]),
      ),
      comments: [],
      findingsHash: sha256("findings"),
      ...over,
    });
  };
  const approval: Harness["approval"] = (phase) => state.phases[phase].approvalId ?? "";
  return {
    state: () => state,
    log: () => log,
    now: () => nowMs,
    sleep: (ms) => {
      nowMs += ms;
    },
    use: (more) => {
      ctx = { ...ctx, ...more };
    },
    newId,
    context: () => ctx,
    send,
    ok,
    code: (body, actor) => {
      const events = send(body, actor);
      return isRejection(events) ? events.code : "accepted";
    },
    due: (maxParallelSteps = 2) => due(state, nowMs, { maxParallelSteps }),
    claim,
    submit,
    check,
    work: (step, version) => {
      claim(step);
      submit(step, version);
      return check(step);
    },
    approval,
    vote: (phase, over = {}, actor = person("ann")) => {
      const approvalId = approval(phase);
      const manifest = state.approvals[approvalId]?.manifestHash;
      return send(
        {
          type: "CastVote",
          approvalId,
          ...(manifest ? { manifestHash: manifest } : {}),
          decision: "approve",
          comments: [],
          attested: "slack",
          ...over,
        },
        actor,
      );
    },
  };
};

/** A run that `starter` has just started: the first step is ready. */
export const startedRun = (change: Partial<Context> = {}): Harness => {
  const run = harness(change);
  run.ok(startBody(), person("starter"));
  return run;
};

const PHASE_STEPS: Readonly<Record<1 | 2 | 3 | 4, readonly StepKey[]>> = {
  1: ["data-engineer", "data-scientist"],
  2: ["ml-engineer", "python-pro"],
  3: ["mlops-engineer", "kubernetes-architect"],
  4: ["observability-engineer"],
};

/** Works the steps of a phase (version 0), so that its handoff opens. */
export const workPhase = (run: Harness, phase: 1 | 2 | 3 | 4): void => {
  for (const step of PHASE_STEPS[phase]) run.work(step);
};

/** A run whose phases before `phase` are approved and whose handoff of `phase` waits. */
export const awaiting = (phase: 1 | 2 | 3 | 4, change: Partial<Context> = {}): Harness => {
  const run = startedRun(change);
  for (const one of [1, 2, 3, 4] as const) {
    if (one > phase) break;
    workPhase(run, one);
    if (one < phase) accepted(run.vote(one));
  }
  return run;
};

/** A run that is complete. */
export const completedRun = (change: Partial<Context> = {}): Harness => {
  const run = awaiting(4, change);
  accepted(run.vote(4));
  return run;
};

/** Throws the rejection, if it is one. */
export const accepted = (answer: readonly RunEvent[] | Rejection): readonly RunEvent[] => {
  if (isRejection(answer)) throw new Error(`${answer.code}: ${answer.message}`);
  return answer;
};

export const types = (answer: readonly RunEvent[] | Rejection): readonly string[] =>
  isRejection(answer) ? [answer.code] : answer.map((event) => event.type);

export const usage = (attemptId: string, call: string, microUsd: number, corrects?: string) => ({
  type: "SettleUsage" as const,
  attemptId,
  call,
  model: "m",
  tokens: { ...TOKENS, input: 10 },
  microUsd,
  priceVersion: "v1",
  outcome: "ok" as const,
  ...(corrects === undefined ? {} : { corrects }),
});

import type { Actor, CommandBody } from "../../src/engine/command.ts";
import type { Context } from "../../src/engine/context.ts";
import { isRejection } from "../../src/engine/decide.ts";
import { due } from "../../src/engine/due.ts";
import { emptyRun, evolve } from "../../src/engine/evolve.ts";
import { isSettled } from "../../src/engine/holds.ts";
import type { ApprovalState, RunState, StepState } from "../../src/engine/state.ts";
import { sha256 } from "../../src/lib/hash.ts";
import {
  allManifests,
  comment,
  type Harness,
  HOUR,
  harness,
  hashes,
  id,
  manifestOf,
  person,
  policies,
  RUN_ID,
  STEPS,
  startBody,
  usage,
  WORKER,
} from "./engine-builders.ts";
import { assertRules, type Seen, TAMPERED } from "./engine-rules.ts";

/** One random word; what it means depends on the state it falls into. */
export interface Word {
  readonly move: number;
  readonly pick: number;
  readonly version: number;
  readonly flag: boolean;
}

const pickOf = <T>(items: readonly T[], n: number): T | undefined =>
  items[n % Math.max(1, items.length)];

/** Above every cap that the game can reach; one amount, so that votes for it add up. */
const RAISED = 90_000_000;
const VOTERS = ["ann", "bob", "owner", "starter"] as const;
const PROOFS = ["slack", "code", "client", "none"] as const;
const SPECS = ["spec", "other", "third"] as const;

/** How a game is set up: `depth` strides of work and votes go before the first word. */
export interface GameRules {
  readonly slack: boolean;
  readonly quorum: number;
  readonly depth: number;
}

/** A game: a run, two workers that may lose their leases, people, a clock that jumps, and every command sent so far. */
interface Game {
  readonly run: Harness;
  readonly sent: { body: CommandBody; actor: Actor }[];
  made: number;
}

const send = (game: Game, body: CommandBody, actor: Actor = WORKER): void => {
  game.sent.push({ body, actor });
  game.run.send(body, actor);
};

const stepIn = (game: Game, pick: number, status: readonly StepState["status"][]) =>
  pickOf(
    Object.values(game.run.state().steps).filter((step) => status.includes(step.status)),
    pick,
  );

const live = (game: Game, pick: number) =>
  pickOf(
    Object.values(game.run.state().attempts).filter((attempt) => attempt.status === "claimed"),
    pick,
  );

const claimDue = (game: Game, word: Word): void => {
  const work = pickOf(
    game.run.due(2).filter((one) => one.type === "claim"),
    word.pick,
  );
  const stepKey = work?.step ?? pickOf(STEPS, word.pick) ?? "data-engineer";
  send(game, {
    type: "ClaimAttempt",
    stepKey,
    attemptId: id(500_000 + game.made++),
    worker: word.flag ? "w1" : "w2",
    leaseUntilMs: game.run.now() + 30_000,
  });
};

const submitLive = (game: Game, word: Word): void => {
  const attempt = live(game, word.pick);
  if (!attempt) return;
  const open = game.run.state().steps[attempt.step]?.openComments ?? [];
  send(game, {
    type: "SubmitAttempt",
    attemptId: attempt.attemptId,
    fence: attempt.fence,
    manifestHash: manifestOf(attempt.step, word.version % 2),
    files: 1,
    bytes: 1,
    summaryHash: sha256("s"),
    resolutions: open.map((one) => ({ commentId: one.id, status: "done", how: "", files: [] })),
  });
};

const check = (game: Game, word: Word, mode: "green" | "red" | "weak" | "fault"): void => {
  const step = stepIn(game, word.pick, ["checking"]);
  const attempt = game.run.state().attempts[step?.lastAttemptId ?? ""];
  if (!step || !attempt) return;
  const earlier = pickOf(step.step.needs, word.pick + word.version);
  send(game, {
    type: "FinishChecks",
    attemptId: attempt.attemptId,
    fence: attempt.fence,
    green: mode !== "red",
    counts: { block: 0, warn: 0, info: 0, later: 0, skipped: 0 },
    levels: Object.fromEntries(
      step.step.deliverables.map(
        (one) => [one, mode === "weak" ? "unverified" : "executed"] as const,
      ),
    ),
    comments:
      mode === "fault" && earlier !== undefined
        ? [{ step: earlier, comment: comment(game.made++, { severity: "must", from: "check" }) }]
        : [],
    findingsHash: sha256("f"),
  });
};

const failLive = (game: Game, word: Word): void => {
  const attempt = live(game, word.pick);
  if (!attempt) return;
  const classes = ["transient", "transient", "checks", "config", "person", "bug"] as const;
  send(game, {
    type: "FailAttempt",
    attemptId: attempt.attemptId,
    fence: attempt.fence,
    class: pickOf(classes, word.version + word.pick) ?? "bug",
    code: "CODE",
    ...(word.flag ? { retryAtMs: game.run.now() + 1_000 } : {}),
  });
};

const expireLive = (game: Game, word: Word): void => {
  const attempt = live(game, word.pick);
  if (attempt)
    send(game, { type: "ExpireAttempt", attemptId: attempt.attemptId, fence: attempt.fence });
};

const exhaust = (game: Game, word: Word): void => {
  const attempt = live(game, word.pick);
  if (!attempt) return;
  send(game, {
    type: "ExhaustBudget",
    attemptId: attempt.attemptId,
    fence: attempt.fence,
    approvalId: id(600_000 + game.made++),
    scope: word.flag ? "run.usd" : "phase.usd",
    need: 5,
    have: 1,
  });
};

const vote = (game: Game, word: Word, decision: "approve" | "request_changes" | "reject"): void => {
  const all = Object.values(game.run.state().approvals);
  const open = all.filter((one) => one.status === "open" || one.status === "escalated");
  const approval = pickOf(word.version === 3 ? all : open, word.pick);
  if (!approval) return;
  const steps = game.run.state().order;
  const said =
    decision === "request_changes"
      ? [
          comment(game.made++, {
            file: `role:${pickOf(steps, word.pick) ?? ""}`,
            severity: word.flag ? "must" : "should",
          }),
        ]
      : [];
  send(
    game,
    {
      type: "CastVote",
      approvalId: approval.approvalId,
      ...(approval.manifestHash === null ? {} : { manifestHash: approval.manifestHash }),
      ...(approval.kind === "budget" ? { raiseTo: 20_000_000 + word.version * 1_000_000 } : {}),
      decision,
      comments: said,
      attested: word.version === 2 ? (pickOf(PROOFS, word.pick) ?? "none") : "slack",
      ...(word.version === 1 && word.flag ? { onBehalfOf: "bob" } : {}),
    },
    person(pickOf(VOTERS, word.pick) ?? "ann", { model: word.pick % 11 === 0 }),
  );
};

const changeSpec = (game: Game, word: Word): void => {
  const spec = pickOf(SPECS, word.version) ?? "spec";
  const touched = pickOf(STEPS, word.pick) ?? "data-engineer";
  const base = hashes();
  game.run.use({ inputHashes: { ...base, [touched]: sha256(`${spec} ${touched}`) } });
  send(
    game,
    { type: "ChangeSpec", specHash: sha256(spec), patchHash: sha256("p"), commentIds: [] },
    person(word.flag ? "owner" : "starter"),
  );
};

const tick = (game: Game, word: Word): void => {
  game.run.sleep(word.flag ? 5 * HOUR : 25 * HOUR);
  for (const work of game.run.due(2)) {
    if (work.type === "tick")
      send(game, {
        type: "TickApproval",
        approvalId: work.approvalId,
        level: work.level,
        what: work.what,
      });
    if (work.type === "expire")
      send(game, { type: "ExpireAttempt", attemptId: work.attemptId, fence: work.fence });
  }
};

const owner = (game: Game, word: Word): void => {
  for (const approval of Object.values(game.run.state().approvals)) {
    const { approvalId } = approval;
    if (approval.status === "expired")
      send(
        game,
        { type: "ExtendApproval", approvalId, deadlineMs: game.run.now() + 24 * HOUR },
        person("owner"),
      );
    else if (approval.belowLevel.length > 0 && word.flag)
      send(game, { type: "WaiveLevel", approvalId, reason: "ok" }, person("owner"));
  }
};

const unblock = (game: Game, word: Word): void => {
  const step = stepIn(game, word.pick, ["blocked"]);
  if (step)
    send(
      game,
      {
        type: "UnblockStep",
        stepKey: step.step.key,
        how: word.flag ? "retry" : "use_draft",
        note: "",
      },
      person("owner"),
    );
};

const observe = (game: Game, word: Word): void => {
  const phase = pickOf([1, 2, 3, 4] as const, word.pick) ?? 1;
  send(game, { type: "ObserveManifest", phase, manifestHash: TAMPERED[word.version] ?? "" });
};

const spend = (game: Game, word: Word): void => {
  const attempt = pickOf(Object.keys(game.run.state().attempts), word.pick);
  const corrects = word.flag ? `call${word.version}` : undefined;
  if (attempt) send(game, usage(attempt, `call${word.version}`, word.pick, corrects));
};

const cancel = (game: Game): void => {
  send(game, { type: "CancelRun", reason: "" }, person("owner"));
};

const voteYes = (game: Game, approval: ApprovalState, who: string): boolean =>
  !isRejection(
    game.run.send(
      {
        type: "CastVote",
        approvalId: approval.approvalId,
        ...(approval.manifestHash === null ? {} : { manifestHash: approval.manifestHash }),
        ...(approval.kind === "budget" ? { raiseTo: RAISED } : {}),
        decision: "approve",
        comments: [],
        attested: "slack",
      },
      person(who),
    ),
  );

const askOwner = (game: Game, { approvalId, belowLevel, status }: ApprovalState): void => {
  const deadlineMs = game.run.now() + HOUR;
  if (status === "expired")
    game.run.send({ type: "ExtendApproval", approvalId, deadlineMs }, person("owner"));
  if (belowLevel.length > 0)
    game.run.send({ type: "WaiveLevel", approvalId, reason: "ok" }, person("owner"));
};

/** Everyone named votes yes wherever a vote is taken; true when any of it was. */
const approveAll = (game: Game, voters: readonly string[]): boolean => {
  const taken = Object.keys(game.run.state().approvals).flatMap((approvalId) =>
    voters.map((who) => {
      const approval = game.run.state().approvals[approvalId];
      if (!approval || isSettled(approval)) return false;
      askOwner(game, approval);
      return voteYes(game, approval, who);
    }),
  );
  return taken.includes(true);
};

/** One step of the due work done whole, so that games get deep. */
const stride = (game: Game, word: Word): void => {
  const work = game.run.due(7).find((one) => one.type === "claim");
  if (work?.type !== "claim") return;
  claimDue(game, { ...word, pick: 0, flag: true });
  submitLive(game, { ...word, pick: 0 });
  check(game, { ...word, pick: 0 }, "green");
};

/** Work and votes until `depth` steps were done, without trouble. */
const setOut = (game: Game, depth: number): void => {
  const word: Word = { move: 0, pick: 0, version: 0, flag: true };
  for (let done = 0; done < depth; done++) {
    if (game.run.due(7).some((one) => one.type === "claim")) stride(game, word);
    else approveAll(game, ["ann", "bob"]);
  }
};

/** A command that was sent before is sent again: late, twice, out of order. */
const repeat = (game: Game, word: Word): void => {
  const old = pickOf(game.sent, word.pick);
  if (old) game.run.send(old.body, old.actor);
};

const people = (game: Game, word: Word): void => {
  const asked: CommandBody[] = [
    { type: "PauseRun" },
    { type: "ResumeRun" },
    { type: "ResumeRun" },
    { type: "RerunRun", fromPhase: pickOf([1, 2, 3, 4] as const, word.pick) ?? 1, reason: "" },
    { type: "AddComment", comment: comment(game.made++) },
    { type: "DelegateVotes", to: word.flag ? "owner" : "starter", untilMs: game.run.now() + HOUR },
    { type: "RequestRelease", action: "promote", ref: "v", manifestHash: sha256("e") },
  ];
  const body = pickOf(asked, word.pick + word.version);
  if (body) send(game, body, person(word.flag ? "bob" : "owner"));
};

type Move = (game: Game, word: Word) => void;
const times = (n: number, move: Move): readonly Move[] => Array.from({ length: n }, () => move);

/** What can happen, with how often: mostly work and approvals, so that runs get far enough for the rest to matter. */
const MOVES: readonly Move[] = [
  ...times(10, stride),
  ...times(10, claimDue),
  ...times(10, submitLive),
  ...times(10, (game, word) => check(game, word, "green")),
  ...times(2, (game, word) => check(game, word, "red")),
  ...times(5, (game, word) => check(game, word, "weak")),
  ...times(2, (game, word) => check(game, word, "fault")),
  ...times(10, (game, word) => vote(game, word, "approve")),
  ...times(2, (game, word) => vote(game, word, "request_changes")),
  ...times(1, (game, word) => vote(game, word, "reject")),
  ...times(4, failLive),
  ...times(3, expireLive),
  ...times(4, exhaust),
  ...times(2, changeSpec),
  ...times(2, tick),
  ...times(8, owner),
  ...times(3, unblock),
  ...times(1, observe),
  ...times(2, spend),
  ...times(6, repeat),
  ...times(4, people),
];

/** A move that ends the run: rare, but what comes after it matters. */
const moveOf = (word: Word): Move | undefined =>
  word.move === 999 ? cancel : MOVES[word.move % MOVES.length];

/** Policy of the game: two approvers may vote, the owner after an escalation. */
const gameContext = (rules: GameRules): Partial<Context> => ({
  slackConfigured: rules.slack,
  policies: policies({ escalateTo: [["owner"]], quorum: rules.quorum }),
});

const workAll = (game: Game): boolean => {
  game.run.sleep(60_000);
  const works = game.run.due(7);
  const word: Word = { move: 0, pick: 0, version: 0, flag: true };
  for (const work of works) {
    if (work.type === "claim") claimDue(game, word);
    if (work.type === "check") check(game, word, "green");
    if (work.type === "expire") expireLive(game, word);
    if (work.type === "repo")
      game.run.send({ type: "RecordRepo", of: work.of, manifestHash: work.manifestHash, oid: "o" });
    if (work.type === "tick")
      game.run.send({
        type: "TickApproval",
        approvalId: work.approvalId,
        level: work.level,
        what: work.what,
      });
  }
  while (live(game, 0)) submitLive(game, word);
  return works.some((work) => work.type !== "observe");
};

const mendAll = (game: Game): boolean => {
  const { state } = game.run;
  const before = state().seq;
  for (const step of Object.values(state().steps)) {
    if (step.blockedOn?.on === "person")
      game.run.send(
        { type: "UnblockStep", stepKey: step.step.key, how: "retry", note: "" },
        person("owner"),
      );
  }
  const rejected = Object.values(state().phases).find(
    (phase) =>
      phase.status === "awaiting_approval" &&
      state().approvals[phase.approvalId ?? ""]?.status === "rejected",
  );
  if (state().status === "paused") game.run.send({ type: "ResumeRun" }, person("owner"));
  if (rejected && state().status === "paused")
    game.run.send(
      { type: "RerunRun", fromPhase: rejected.phase, reason: "" },
      { ...WORKER, via: "monitor" },
    );
  return state().seq > before;
};

/** With a worker, people and budget every run comes to its end; throws when it stands still before. */
const assertProgress = (game: Game): void => {
  // Everyone who may approve can have become involved: two more, who have not touched the run.
  const fresh = ["judge", "juror"].map((who) => ({ id: who, roles: ["approver"] }));
  const people = [...game.run.context().people, ...fresh];
  game.run.use({ people });
  for (let round = 0; round < 300; round++) {
    const { status } = game.run.state();
    if (status === "cancelled" || status === "failed") return;
    if (status === "completed" && game.run.due(7).every((work) => work.type !== "repo")) return;
    const moved = [
      workAll(game),
      approveAll(game, ["ann", "bob", "judge", "juror"]),
      mendAll(game),
    ].some((one) => one);
    if (!moved) break;
  }
  const { pauses, phases, status, steps } = game.run.state();
  const stuck = Object.values(steps).map(
    (step) => `${step.step.key} ${step.status} ${step.blockedOn?.code ?? ""}`,
  );
  throw new Error(
    `no progress: ${status} ${pauses.join()} ${JSON.stringify(phases)} ${stuck.join("; ")}`,
  );
};

const assertCancelEnds = (game: Game, state: RunState): void => {
  if (state.status !== "running" && state.status !== "paused") return;
  const answer = game.run.send({ type: "CancelRun", reason: "end" }, person("owner"));
  const after = game.run.state();
  if (isRejection(answer) || after.status !== "cancelled")
    throw new Error("cancel did not end the run");
  if (due(after, game.run.now() + 1e9, { maxParallelSteps: 7 }).length > 0)
    throw new Error("work is due after cancel");
};

/** Plays the words from a fresh run; checks every rule after each, then that the run still comes to an end. */
export const play = (
  words: readonly Word[],
  rules: GameRules,
): { readonly log: readonly string[]; readonly status: string } => {
  const inner = harness({ ...gameContext(rules), manifests: allManifests() });
  inner.ok(startBody(), person("starter"));
  const seen: Seen = { before: inner.state(), events: inner.log().length };
  const run: Harness = {
    ...inner,
    send: (body, actor) => {
      const answer = inner.send(body, actor);
      assertRules(inner, seen);
      return answer;
    },
  };
  const game: Game = { run, sent: [], made: 0 };
  setOut(game, rules.depth);
  for (const word of words) moveOf(word)?.(game, word);
  const last = words.at(-1);
  if (last?.flag) assertCancelEnds(game, run.state());
  else assertProgress(game);
  const refolded = run
    .log()
    .reduce(
      (state, event) => evolve(state, event, { at: 0, seq: state.seq + 1, actor: WORKER }),
      emptyRun(RUN_ID),
    );
  if (refolded.seq !== run.state().seq) throw new Error("the log has gaps");
  return { log: run.log().map((event) => event.type), status: run.state().status };
};

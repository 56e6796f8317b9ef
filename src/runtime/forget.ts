import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { snapshotPath } from "../data/snapshot.ts";
import type { Actor } from "../engine/command.ts";
import { UserInputError } from "../lib/errors.ts";
import { canonicalJson, sha256 } from "../lib/hash.ts";
import { removeBlob } from "../store/blobs.ts";
import type { Json, RunRow } from "../store/rows.ts";
import type { RuntimeDeps } from "./deps.ts";
import { type RunInput, readRunInput } from "./documents.ts";
import { forgetReference } from "./watch/training-reference.ts";

/** The audit action under which forgetting is recorded; its subject is the snapshot's hash. */
export const FORGET_ACTION = "ForgetSnapshot";

/** What forgetting a snapshot removes, and where copies of its rows lie that it does not reach. */
export interface Forgotten {
  readonly snapshot: string;
  /** Runs that were made from it. */
  readonly runs: readonly string[];
  /** Blobs of samples made from it. */
  readonly blobs: readonly string[];
  /** Paths under the home that hold the sample or models trained on it, and stay. */
  readonly stillHeld: readonly string[];
  /** False: this is what would happen. */
  readonly done: boolean;
}

interface Use {
  readonly run: RunRow;
  readonly input: RunInput;
}

const allRuns = async ({ store }: RuntimeDeps): Promise<readonly RunRow[]> => {
  const runs: RunRow[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.runs.search({ limit: 200, cursor });
    runs.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return runs;
};

const inputsOf = async (deps: RuntimeDeps, runId: string): Promise<readonly RunInput[]> => {
  const events = await deps.store.events.since(runId, 0, 10_000);
  const hashes = events.flatMap(({ body }) =>
    body.type === "RunStarted" || body.type === "SpecChanged" ? [body.specHash] : [],
  );
  return Promise.all([...new Set(hashes)].map((hash) => readRunInput(deps.blobs, hash)));
};

const usesOf = async (deps: RuntimeDeps): Promise<readonly Use[]> =>
  (
    await Promise.all(
      (
        await allRuns(deps)
      ).map(async (run) => (await inputsOf(deps, run.runId)).map((input): Use => ({ run, input }))),
    )
  ).flat();

/** What a run keeps of its data: the table it was made from, and with several sources the bytes of each. */
const keptBy = ({ input }: Use): readonly string[] => [
  input.snapshot.sha256,
  ...(input.snapshot.parts ?? []).map(({ sha256: part }) => part),
];

/** The snapshot meant: by its hash, a prefix of at least eight characters, or the name of a run made from it. */
const findSnapshot = async (
  deps: RuntimeDeps,
  uses: readonly Use[],
  ref: string,
): Promise<string> => {
  const stored = await readdir(deps.home.snapshots).catch(() => []);
  const known = new Set([
    ...stored.filter((name) => /^[0-9a-f]{64}$/.test(name)),
    ...uses.map((use) => use.input.snapshot.sha256),
  ]);
  const ofRun = uses.filter((use) => use.run.name === ref || use.run.runId === ref);
  const found =
    ofRun.length > 0
      ? [...new Set(ofRun.map((use) => use.input.snapshot.sha256))]
      : [...known].filter((hash) => ref.length >= 8 && hash.startsWith(ref.toLowerCase()));
  const [only] = found;
  if (found.length === 1 && only) return only;
  throw new UserInputError(
    found.length > 1 ? "SNAPSHOT_AMBIGUOUS" : "SNAPSHOT_NOT_FOUND",
    found.length > 1 ? `"${ref}" fits several snapshots` : `no snapshot is called "${ref}"`,
    {
      expected: "the SHA-256 of a snapshot (8 characters or more), or a run made from it",
      got: found.length > 1 ? found.map((hash) => hash.slice(0, 12)).join(", ") : ref,
      next: "give more characters; the handoff and README of a run name its snapshot",
    },
  );
};

const refuseLive = (snapshot: string, uses: readonly Use[]): void => {
  const live = uses.filter(({ run }) => run.status === "running" || run.status === "paused");
  if (live.length === 0) return;
  const names = [...new Set(live.map(({ run }) => run.name))];
  throw new UserInputError(
    "SNAPSHOT_IN_USE",
    `snapshot ${snapshot.slice(0, 12)} is needed by ${names.join(", ")}`,
    { next: `let these runs end or cancel them first: mlpipeline cancel ${names[0]}` },
  );
};

const heldBy = (deps: RuntimeDeps, uses: readonly Use[]): readonly string[] => {
  const paths = uses.flatMap(({ input, run }) => [
    deps.home.repo(input.spec.pipeline.name),
    deps.home.bundle(run.name),
    deps.home.trained(run.runId),
  ]);
  return [...new Set(paths)].filter(existsSync).map((path) => relative(deps.home.dir, path));
};

const remove = async (
  deps: RuntimeDeps,
  uses: readonly Use[],
  others: readonly Use[],
  { blobs, snapshot }: Forgotten,
) => {
  const needed = new Set(others.flatMap(keptBy));
  // Rows of a joined table stand in its sources too.
  for (const hash of [snapshot, ...uses.flatMap(keptBy).filter((part) => !needed.has(part))])
    await rm(snapshotPath(deps.home.dir, hash), { force: true });
  await forgetReference(deps.home.dir, snapshot);
  for (const hash of blobs) await removeBlob(deps.home.blobs, hash);
  // Folders of attempts hold copies of the repository with its sample, where a crash left them.
  for (const { run } of uses)
    await rm(join(deps.home.dir, "workspaces", run.runId), { recursive: true, force: true });
};

/**
 * Removes the bytes of a snapshot and the samples made from it. The audit line stands before anything is removed, so a crash
 * leaves a request that the same command finishes. UserInputError SNAPSHOT_NOT_FOUND, SNAPSHOT_AMBIGUOUS, SNAPSHOT_IN_USE.
 */
export const createForget =
  (deps: RuntimeDeps) =>
  async (ref: string, confirmed: boolean, actor: Actor, key: string): Promise<Forgotten> => {
    const uses = await usesOf(deps);
    const snapshot = await findSnapshot(deps, uses, ref);
    const ofIt = uses.filter((use) => keptBy(use).includes(snapshot));
    refuseLive(snapshot, ofIt);
    const others = uses.filter((use) => !ofIt.includes(use));
    const kept = new Set(others.map((use) => use.input.sampleHash));
    const samples = [...new Set(ofIt.map((use) => use.input.sampleHash))];
    const plan: Forgotten = {
      snapshot,
      runs: [...new Set(ofIt.map((use) => use.run.name))],
      blobs: samples.filter((hash) => !kept.has(hash)),
      stillHeld: heldBy(deps, ofIt),
      done: false,
    };
    if (!confirmed) return plan;
    const detail = { runs: plan.runs, blobs: plan.blobs, still_held: plan.stillHeld };
    await deps.store.commit(
      {
        runId: "workspace",
        key,
        payloadHash: sha256(canonicalJson({ forget: snapshot, person: actor.person })),
        nowMs: deps.clock.nowMs(),
        actor,
      },
      () => ({
        events: [],
        outbox: [],
        answer: snapshot,
        audit: [{ action: FORGET_ACTION, subject: snapshot, detail: detail as Json }],
      }),
    );
    deps.kill("forget.recorded");
    await remove(deps, ofIt, others, plan);
    return { ...plan, done: true };
  };

/** Which of these missing blobs were forgotten, in words: by whom and when. Null where the audit log says nothing of it. */
export const forgottenBlob = async (
  { store }: Pick<RuntimeDeps, "store">,
  hash: string,
): Promise<string | null> => {
  const { items } = await store.audit.search({ action: FORGET_ACTION, text: hash, limit: 1 });
  const [line] = items;
  if (!line) return null;
  const at = new Date(line.at).toISOString();
  return `the sample of snapshot ${line.subject.slice(0, 12)} was forgotten by ${line.person ?? line.actor.ref} at ${at}`;
};

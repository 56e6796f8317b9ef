import type { Actor } from "../src/engine/command.ts";
import { UserInputError } from "../src/lib/errors.ts";
import type { Operation } from "../src/operations/define.ts";
import { findRun } from "../src/operations/lookup.ts";
import { cleanText, cleanValue } from "./clean-text.ts";
import { fileUri } from "./links.ts";
import type { Reads } from "./reads.ts";

/** What a resource holds. `untrusted`: its text comes from data or from a specialist, never instructions. */
export interface Content {
  readonly mimeType: string;
  readonly text: string;
  readonly untrusted: boolean;
  /** True for bytes that a person has accepted: they stay as they are. */
  readonly accepted?: boolean;
}

export interface ContentDeps {
  readonly reads: Reads;
  readonly operations: ReadonlyMap<string, Operation>;
}

const json = (value: unknown, untrusted = false): Content => ({
  mimeType: "application/json",
  text: JSON.stringify(cleanValue(value)),
  untrusted,
});

/** The answer of an operation, called for whoever reads. */
export const operationContent = async (
  { operations }: ContentDeps,
  name: string,
  input: Readonly<Record<string, unknown>>,
  actor: Actor,
  untrusted: boolean,
): Promise<Content> => {
  const operation = operations.get(name);
  if (operation === undefined)
    throw new UserInputError("RESOURCE_NOT_FOUND", "there is no such resource here");
  return json(await operation.run(input, { actor, key: `mcp/resource/${name}` }), untrusted);
};

export const pipelinesContent = async ({ reads }: ContentDeps): Promise<Content> => {
  const all = await reads.pipelines.list();
  return json({ pipelines: all.map(({ name }) => ({ name })) });
};

const MAX_EVENTS = 200;

export const eventsContent = async ({ reads }: ContentDeps, ref: string): Promise<Content> => {
  const run = await findRun(reads.runs, ref);
  const from = Math.max(0, run.headSeq - MAX_EVENTS);
  const events = await reads.events.since(run.runId, from, MAX_EVENTS);
  return json({
    run: run.name,
    run_id: run.runId,
    first_shown: from + 1,
    events: events.map(({ actor, at, body, seq }) => ({
      seq,
      at: new Date(at).toISOString(),
      type: body.type,
      via: actor.via,
      ...(actor.person === null ? {} : { person: actor.person }),
      model: actor.model,
    })),
  });
};

/** The newest handoff of a phase. */
export const handoffContent = async (
  deps: ContentDeps,
  ref: string,
  phase: string,
  actor: Actor,
): Promise<Content> => {
  const run = await findRun(deps.reads.runs, ref);
  const state = await deps.reads.runs.state(run.runId);
  const newest = Object.values(state.approvals)
    .filter((one) => one.kind === "handoff" && String(one.phase) === phase)
    .sort((a, b) => b.revision - a.revision)[0];
  if (newest === undefined)
    throw new UserInputError("APPROVAL_NOT_FOUND", `${run.name} has no handoff ${phase} yet`);
  return operationContent(deps, "handoff_get", { approval: newest.approvalId }, actor, true);
};

export const approvalContent = async ({ reads }: ContentDeps, ref: string): Promise<Content> => {
  const found = await reads.approvals.find(ref);
  if (found === null) throw new UserInputError("APPROVAL_NOT_FOUND", "there is no such approval");
  return json({
    approval_id: found.approvalId,
    run: found.runName,
    run_id: found.runId,
    kind: found.kind,
    ...(found.phase === null ? {} : { phase: found.phase }),
    status: found.status,
    risk: found.risk,
    revision: found.revision,
    ...(found.manifestHash === null ? {} : { manifest: found.manifestHash }),
    quorum: found.policy.quorum,
    votes: found.votes.map((vote) => ({
      person: vote.person,
      decision: vote.decision,
      attested: vote.attested,
      at: new Date(vote.at).toISOString(),
    })),
    opened_at: new Date(found.openedAtMs).toISOString(),
    expires_at: new Date(found.deadlineMs).toISOString(),
    ...(found.decidedAtMs === null
      ? {}
      : { decided_at: new Date(found.decidedAtMs).toISOString() }),
  });
};

const MIME: Readonly<Record<string, string>> = {
  md: "text/markdown",
  json: "application/json",
  py: "text/x-python",
  yaml: "application/yaml",
  yml: "application/yaml",
  csv: "text/csv",
};

const mimeOf = (path: string): string => MIME[path.split(".").at(-1) ?? ""] ?? "text/plain";

const notThere = (): UserInputError =>
  new UserInputError("DELIVERABLE_NOT_FOUND", "no such text file in this run");

/** One file, found in the manifest by its exact name: a name is never joined to a folder. */
export const fileContent = async (
  { reads }: ContentDeps,
  ref: string,
  deliverable: string,
  path: string,
): Promise<Content> => {
  const run = await findRun(reads.runs, ref);
  const listed = (await reads.files.list(run.runId)).find(
    (file) => file.path === path && file.deliverable === deliverable,
  );
  const file = listed === undefined ? null : await reads.files.read(run.runId, listed.path);
  if (file === null) throw notThere();
  const state = await reads.runs.state(run.runId);
  const accepted = listed !== undefined && state.steps[listed.step]?.status === "accepted";
  return { mimeType: mimeOf(path), text: cleanText(file.text), untrusted: true, accepted };
};

/** A deliverable as a whole: its one file, or the list of its files with their addresses. */
export const deliverableContent = async (
  deps: ContentDeps,
  ref: string,
  deliverable: string,
): Promise<Content> => {
  const run = await findRun(deps.reads.runs, ref);
  const files = (await deps.reads.files.list(run.runId)).filter(
    (file) => file.deliverable === deliverable,
  );
  const [first] = files;
  if (first === undefined) throw notThere();
  if (files.length === 1) return fileContent(deps, run.runId, deliverable, first.path);
  return json(
    {
      run: run.name,
      run_id: run.runId,
      deliverable,
      files: files.map(({ level, path, sha256 }) => ({
        uri: fileUri(run.runId, deliverable, path),
        path,
        sha256,
        verification: level,
      })),
    },
    true,
  );
};

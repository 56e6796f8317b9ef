import { stableJson } from "../../agents/limits.ts";
import type { Json as ModelJson } from "../../agents/model.ts";
import type { Actor } from "../../engine/command.ts";
import { sha256 } from "../../lib/hash.ts";
import type { RuntimeDeps } from "../deps.ts";
import { commitWorkspace } from "../workspace/identity.ts";

type Deps = Pick<RuntimeDeps, "store" | "clock" | "newId">;

const MINUTES = 15;

/** A write that a model asked for and that one person may run, once, as it is. */
export interface KeptProposal {
  readonly id: string;
  readonly operation: string;
  readonly title: string;
  readonly input: unknown;
  readonly person: string;
  readonly expiresAt: number;
}

type Kept = {
  readonly operation: string;
  readonly title: string;
  /** JSON text: the bytes that were hashed. */
  readonly input: string;
  readonly hash: string;
  readonly person: string;
  readonly expiresAt: number;
};

const hashOf = ({ input, operation, person }: Pick<Kept, "input" | "operation" | "person">) =>
  sha256([operation, person, input].join("\n"));

const madeKey = (id: string) => `proposal/${id}/made`;
const doneKey = (id: string) => `proposal/${id}/done`;

/** Lays a proposal down for its person; the audit log has operation and hash. It lies under a command's key, so it goes with those. */
export const keepProposal = async (
  deps: Deps,
  actor: Actor,
  wanted: { readonly operation: string; readonly title: string; readonly input: unknown },
): Promise<KeptProposal> => {
  const { operation, title } = wanted;
  const id = deps.newId();
  const person = actor.person ?? "";
  const input = stableJson(wanted.input as ModelJson);
  const hash = hashOf({ operation, person, input });
  const expiresAt = deps.clock.nowMs() + MINUTES * 60_000;
  const kept: Kept = { operation, title, input, hash, person, expiresAt };
  await commitWorkspace<Kept>(deps, { actor, key: madeKey(id), payload: hash }, () => ({
    answer: kept,
    audit: [{ action: "Proposed", subject: operation, detail: { proposal: id, hash } }],
  }));
  return { id, operation, title, input: JSON.parse(input), person, expiresAt };
};

/** A proposal by its id, and when it ran; null for one that is not known, or whose bytes are not those that were hashed. */
export const readProposal = async (
  { store }: Pick<Deps, "store">,
  id: string,
): Promise<{ readonly proposal: KeptProposal; readonly doneAt: number | null } | null> => {
  const row = await store.keys.get(madeKey(id));
  if (row === null) return null;
  const kept = row.answer as unknown as Kept;
  if (hashOf(kept) !== kept.hash) return null;
  const { expiresAt, operation, person, title } = kept;
  const input: unknown = JSON.parse(kept.input);
  const done = (await store.keys.get(doneKey(id)))?.answer as { readonly atMs: number } | undefined;
  return {
    proposal: { id, operation, title, input, person, expiresAt },
    doneAt: done?.atMs ?? null,
  };
};

/** Notes that it ran. */
export const endProposal = async (deps: Deps, actor: Actor, id: string): Promise<void> => {
  const atMs = deps.clock.nowMs();
  await commitWorkspace<{ readonly atMs: number }>(
    deps,
    { actor, key: doneKey(id), payload: id },
    () => ({
      answer: { atMs },
      audit: [{ action: "ProposalRun", subject: id, detail: {} }],
    }),
  );
};

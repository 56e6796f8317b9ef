import type { Actor } from "../../engine/command.ts";
import type { RuntimeDeps } from "../deps.ts";
import { endProposal, type KeptProposal, readProposal } from "./proposals.ts";
import type { TalkOperations } from "./talk-tools.ts";

type Pressed =
  | { readonly kind: "ran"; readonly proposal: KeptProposal; readonly output: unknown }
  | { readonly kind: "already"; readonly proposal: KeptProposal; readonly atMs: number }
  | { readonly kind: "not_yours"; readonly person: string }
  | { readonly kind: "late" }
  | { readonly kind: "unknown" };

/** Runs a proposal for the person who pressed. Throws what the operation throws; then it may be pressed again. */
export type PressProposal = (id: string, actor: Actor) => Promise<Pressed>;

/** Of two clicks at once one runs it; whoever comes second waits and is told. Across processes the operation's key holds. */
export const createPress = (
  deps: Pick<RuntimeDeps, "store" | "clock" | "newId">,
  operations: TalkOperations,
): PressProposal => {
  const pressing = new Map<string, Promise<Pressed>>();
  const run = async (proposal: KeptProposal, actor: Actor): Promise<Pressed> => {
    const { id, input, operation } = proposal;
    // The words were a model's, so the engine refuses what only a person may do; the right is the person's who pressed.
    const by = { ...actor, model: true };
    const output = await operations.run(operation, input, { actor: by, key: `proposal/${id}` });
    await endProposal(deps, actor, id);
    return { kind: "ran", proposal, output };
  };
  const press: PressProposal = async (id, actor) => {
    await pressing.get(id)?.catch(() => {});
    const found = await readProposal(deps, id);
    if (found === null) return { kind: "unknown" };
    const { doneAt, proposal } = found;
    if (actor.person !== proposal.person) return { kind: "not_yours", person: proposal.person };
    if (doneAt !== null) return { kind: "already", proposal, atMs: doneAt };
    if (proposal.expiresAt <= deps.clock.nowMs()) return { kind: "late" };
    // Somebody was faster between the look and now.
    if (pressing.has(id)) return press(id, actor);
    const running = run(proposal, actor).finally(() => pressing.delete(id));
    pressing.set(id, running);
    return running;
  };
  return press;
};

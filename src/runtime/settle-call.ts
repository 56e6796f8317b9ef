import type { RuntimeDeps } from "./deps.ts";
import type { DispatchCommand } from "./dispatch.ts";
import { workerActor } from "./worker-actor.ts";

/** What one call came to. `tokens` and `microUsd` null: not known, so that the whole reservation counts. */
export interface CallCost {
  readonly runId: string;
  readonly attemptId: string;
  readonly call: string;
  readonly model: string;
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly read: number;
    readonly write5m: number;
    readonly write1h: number;
    readonly thinking: number;
  } | null;
  readonly microUsd: number | null;
  readonly priceVersion: string;
  readonly outcome: "ok" | "aborted" | "unknown";
}

export type SettleCall = (cost: CallCost) => Promise<void>;

const NONE = { input: 0, output: 0, read: 0, write5m: 0, write1h: 0, thinking: 0 };

/** What a call was reserved at, by unit; zero where nothing is held for it any more. */
const heldFor = async (
  { store }: Pick<RuntimeDeps, "store">,
  attemptId: string,
  call: string,
): Promise<{ readonly microUsd: number; readonly tokens: number }> => {
  const rows = (await store.ledger.held(attemptId)).filter((row) => row.call === call);
  const most = (unit: string) =>
    Math.max(
      0,
      ...rows.filter(({ scope }) => scope.endsWith(`/${unit}`)).map(({ amount }) => amount),
    );
  return { microUsd: most("usd"), tokens: most("tokens") };
};

/**
 * Settles a call once: its event, its projection and the ledger in one transaction. A call that was settled as unknown is corrected when
 * what it really came to is known later.
 */
export const createSettleCall =
  (deps: Pick<RuntimeDeps, "store">, dispatch: DispatchCommand, worker: string): SettleCall =>
  async ({ attemptId, call, microUsd, model, outcome, priceVersion, runId, tokens }) => {
    const held = await heldFor(deps, attemptId, call);
    const body = {
      type: "SettleUsage" as const,
      attemptId,
      call,
      model,
      tokens: tokens ?? { ...NONE, input: held.tokens },
      microUsd: microUsd ?? held.microUsd,
      priceVersion,
      outcome,
    };
    const key = `settle/${attemptId}/${call}`;
    const actor = workerActor(worker);
    const settled = await dispatch({ key: `${key}/${outcome}`, runId, actor, body });
    if (settled.ok || outcome === "unknown") return;
    // It counted as unknown after a crash of ours, and its answer has come after all.
    await dispatch({ key: `${key}/correction`, runId, actor, body: { ...body, corrects: call } });
  };

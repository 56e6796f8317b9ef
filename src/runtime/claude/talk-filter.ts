import { withheldValues } from "../../agents/data-port.ts";
import { createVeil, type Veil } from "../../agents/veil.ts";
import type { RuntimeDeps } from "../deps.ts";
import { readFacts, readRunInput } from "../documents.ts";
import type { Measuring } from "../start-run.ts";

type Deps = Pick<RuntimeDeps, "store" | "blobs" | "config">;

/** Runs whose data one answer may be held against; each is read whole. */
const MOST_RUNS = 3;
const REMEMBERED = 4;

/** Hides what may not leave the house in the answer of an operation; null: it cannot be told, so nothing of it is. */
export type FilterTold = (
  text: string,
  runs: readonly string[],
) => Promise<{ readonly text: string } | null>;

/** The filter of conversations: values of the datasets of the runs that an answer is about, as `claude.data` has it. */
export const createTalkFilter = (
  deps: Deps,
  open: Measuring["reopen"],
  secret: string,
): FilterTold => {
  const known = new Map<string, Promise<Veil>>();
  const look = async (specHash: string): Promise<Veil> => {
    const input = await readRunInput(deps.blobs, specHash);
    const facts = await readFacts(deps.blobs, input.factsHash);
    const opened = await open(input);
    try {
      const level = deps.config.claude.data;
      return createVeil({ ...(await withheldValues(opened.dataset, facts, level)), secret });
    } finally {
      opened.close();
    }
  };
  const veilOf = async (runId: string): Promise<Veil> => {
    const { specHash } = await deps.store.runs.state(runId);
    const found = known.get(specHash) ?? look(specHash);
    if (known.size >= REMEMBERED && !known.has(specHash)) known.clear();
    known.set(specHash, found);
    // A failed look is not remembered: the data may be there again.
    found.catch(() => known.delete(specHash));
    return found;
  };
  return async (text, runs) => {
    if (runs.length > MOST_RUNS) return null;
    try {
      let told = text;
      for (const run of runs) told = (await veilOf(run)).hide(told).text;
      return { text: told };
    } catch {
      return null; // data that is gone or cannot be read: what it must be held against is not known
    }
  };
};

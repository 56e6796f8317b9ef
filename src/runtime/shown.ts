import { sha256 } from "../lib/hash.ts";
import type { MessageStore } from "../store/groups.ts";
import type { MessageRow } from "../store/rows.ts";

/**
 * Where shown things lie on one target, by effect key. `put` and `get` keep a place alone; `show` and `shown` also what was
 * shown there, so that the same rendering is not sent again. A mark says that something is being sent whose place is not known.
 */
export const createShown = (store: MessageStore, target: string, nowMs: () => number) => {
  const marks = `${target}/marks`;
  const write = (row: Omit<MessageRow, "at">) => store.put({ ...row, at: nowMs() });
  return {
    get: async (effectKey: string) => (await store.get(target, effectKey))?.externalRef ?? null,
    put: async (effectKey: string, externalRef: string) => {
      // The same place again says nothing new, and would forget what is shown there.
      if ((await store.get(target, effectKey))?.externalRef === externalRef) return;
      const revision = nowMs();
      await write({ target, effectKey, externalRef, revision, hash: sha256(externalRef) });
    },
    shown: async (effectKey: string) => {
      const row = await store.get(target, effectKey);
      return row && { ref: row.externalRef, hash: row.hash, atMs: row.at };
    },
    show: async (effectKey: string, externalRef: string, hash: string) => {
      await write({ target, effectKey, externalRef, revision: nowMs(), hash });
    },
    effectAt: async (ref: string) => (await store.byRef(target, ref))?.effectKey ?? null,
    mark: async (effectKey: string) => {
      const row = await store.get(marks, effectKey);
      return row && { atMs: row.at, tries: Number(row.externalRef) };
    },
    setMark: async (effectKey: string, tries: number) => {
      const row = { target: marks, effectKey, externalRef: String(tries), hash: "-" };
      await write({ ...row, revision: nowMs() });
    },
  };
};

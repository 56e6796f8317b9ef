import {
  type AttemptRecord,
  type CallRecord,
  FENCED,
  type Opening,
  type TurnRecord,
} from "../../agents/attempt-record.ts";
import { stableJson } from "../../agents/limits.ts";
import type { Json, ModelReply, ModelRequest } from "../../agents/model.ts";
import { BugError, RetryableError } from "../../lib/errors.ts";
import { sha256 } from "../../lib/hash.ts";
import type { ModelCallRow, ModelTurnRow } from "../../store/rows.ts";
import type { RuntimeDeps } from "../deps.ts";
import { loadTree } from "../tree.ts";

type Deps = Pick<RuntimeDeps, "store" | "blobs" | "clock">;

/** The turn under which a conversation's opening is kept. */
const OPENING = 0;
/** From this number on rows hold what red checks said of a submission, as its model was told: rendered once, like the opening. */
const JUDGED = 1_000_000;

interface Judged {
  readonly attemptId: string;
  readonly text: string;
}

/** Names a request: two with the same hash are the same to the last byte. */
export const requestHash = (request: ModelRequest): string =>
  sha256(stableJson(request as unknown as Json));

const readJson = async (deps: Deps, hash: string): Promise<unknown> => {
  const bytes = await deps.blobs.get(hash);
  if (bytes === null) throw new BugError("BLOB_MISSING", `expected a blob ${hash}, got none`);
  return JSON.parse(Buffer.from(bytes).toString("utf8"));
};

const toCall = async (deps: Deps, row: ModelCallRow): Promise<CallRecord> => ({
  attemptId: row.attemptId,
  turn: row.turn,
  no: row.no,
  state: row.state,
  requestHash: row.requestHash,
  reply: row.replyHash === null ? null : ((await readJson(deps, row.replyHash)) as ModelReply),
  fault: row.fault,
});

const toTurn = async (deps: Deps, row: ModelTurnRow): Promise<TurnRecord> => ({
  ...((await readJson(deps, row.documentHash)) as TurnRecord),
  turn: row.turn,
  attemptId: row.attemptId,
});

/** What a conversation left on disk, in its order. BugError BLOB_MISSING when a part of it was deleted. */
export const readConversation = async (deps: Deps, conversation: string) => {
  const [calls, turns] = [
    await deps.store.conversations.calls({ conversation }),
    await deps.store.conversations.turns({ conversation }),
  ];
  const opening = turns.find(({ turn }) => turn === OPENING);
  return {
    opening: opening ? ((await readJson(deps, opening.documentHash)) as Opening) : null,
    calls: await Promise.all(calls.map((row) => toCall(deps, row))),
    turns: await Promise.all(
      turns.filter(({ turn }) => turn !== OPENING && turn < JUDGED).map((row) => toTurn(deps, row)),
    ),
    judgements: new Map(
      await Promise.all(
        turns
          .filter(({ turn }) => turn >= JUDGED)
          .map(async (row): Promise<[string, string]> => {
            const judged = (await readJson(deps, row.documentHash)) as Judged;
            return [judged.attemptId, judged.text];
          }),
      ),
    ),
  };
};

/** Which attempt writes, and in which conversation. */
export interface Writer {
  readonly runId: string;
  readonly attemptId: string;
  readonly fence: number;
  readonly conversation: string;
}

const demand = (live: boolean): void => {
  if (!live)
    throw new RetryableError(FENCED, "the attempt is no longer live under its fence", {
      retryAfterMs: 0,
    });
};

/** Puts files into blobs and their manifest into the store; bytes that were put before cost nothing. */
const createKeepFiles = (deps: Deps) => {
  const hashes = new WeakMap<Uint8Array, string>();
  return async (files: ReadonlyMap<string, Uint8Array>): Promise<string> => {
    const entries = await Promise.all(
      [...files].map(async ([path, bytes]) => {
        const hash = hashes.get(bytes) ?? (await deps.blobs.put(bytes));
        hashes.set(bytes, hash);
        return { path, sha256: hash };
      }),
    );
    return deps.store.manifests.put(entries);
  };
};

interface Held {
  readonly calls: CallRecord[];
  readonly turns: TurnRecord[];
  opening: Opening | null;
}

const createWriters = (deps: Deps, writer: Writer, held: Held) => {
  const { attemptId, conversation, fence, runId } = writer;
  const { conversations } = deps.store;
  const at = { conversation, attemptId, runId };
  const keep = createKeepFiles(deps);
  const putTurn = async (turn: number, cells: number, document: Opening | TurnRecord | Judged) => {
    const documentHash = await deps.blobs.put(JSON.stringify(document));
    const row = { ...at, turn, documentHash, cells, at: deps.clock.nowMs() };
    demand(await conversations.endTurn(row, fence));
  };
  const end = async (turn: number, no: number, reply: ModelReply | null, fault: string | null) => {
    const replyHash = reply === null ? null : await deps.blobs.put(JSON.stringify(reply));
    const state = reply === null ? ("failed" as const) : ("completed" as const);
    const done = { state, replyHash, fault, endedAt: deps.clock.nowMs() };
    demand(await conversations.end({ ...at, turn, no }, done, fence));
    const index = held.calls.findIndex((call) => call.turn === turn && call.no === no);
    const call = held.calls[index];
    if (call) held.calls[index] = { ...call, state, reply, fault };
  };
  return { at, end, keep, putTurn };
};

/** A record that also keeps what red checks said, by the attempt that was judged. */
export interface ConversationRecord extends AttemptRecord {
  readonly judgements: ReadonlyMap<string, string>;
  readonly judge: (attemptId: string, text: string) => Promise<void>;
}

/** The record of one attempt's conversation, on blobs and rows. What was read or written once is held in memory. */
export const createAttemptRecord = async (
  deps: Deps,
  writer: Writer,
): Promise<ConversationRecord> => {
  const known = await readConversation(deps, writer.conversation);
  const held: Held = { calls: [...known.calls], turns: [...known.turns], opening: known.opening };
  const { at, end, keep, putTurn } = createWriters(deps, writer, held);
  const { attemptId, fence } = writer;
  const judgements = new Map(known.judgements);
  return {
    attemptId,
    judgements,
    judge: async (judged, text) => {
      await putTurn(JUDGED + judgements.size, 0, { attemptId: judged, text });
      judgements.set(judged, text);
    },
    opening: async () => held.opening,
    open: async (given) => {
      await putTurn(OPENING, given.cells, given);
      held.opening = given;
    },
    calls: async () => held.calls,
    turns: async () => held.turns,
    prepare: async (turn, no, request, cells) => {
      const call = { attemptId, turn, no, state: "prepared" as const };
      const hash = requestHash(request);
      const row = { ...at, ...call, requestHash: hash, replyHash: null, fault: null, cells };
      const prepared = { ...row, at: deps.clock.nowMs(), endedAt: null };
      demand(await deps.store.conversations.prepare(prepared, fence));
      held.calls.push({ ...call, requestHash: hash, reply: null, fault: null });
    },
    complete: (turn, no, reply) => end(turn, no, reply, null),
    fail: (turn, no, fault) => end(turn, no, null, fault),
    endTurn: async (draft, files) => {
      const record: TurnRecord = { ...draft, attemptId, manifestHash: await keep(files) };
      await putTurn(record.turn, record.cells, record);
      held.turns.push(record);
    },
    files: async (manifestHash) => {
      const row = await deps.store.manifests.get(manifestHash);
      if (row === null)
        throw new BugError("MANIFEST_MISSING", `expected a manifest ${manifestHash}, got none`);
      return loadTree(deps.blobs, row.files);
    },
  };
};

import type { StepSummary } from "../agents/draft.ts";
import type { Finding } from "../checks/types.ts";
import { BugError } from "../lib/errors.ts";
import type { Facts } from "../spec/facts.ts";
import type { Level } from "../spec/levels.ts";
import type { Part } from "../spec/part.ts";
import type { PipelineSpec } from "../spec/spec.ts";

/** Content-addressed bytes: the part of the store that holds what events only name by hash. */
export interface Blobs {
  /** Durable when the promise resolves; gives the SHA-256. */
  readonly put: (bytes: string | Uint8Array) => Promise<string>;
  /** Null where there is no such blob. */
  readonly get: (hash: string) => Promise<Uint8Array | null>;
  /** The same within a transaction, which cannot wait. */
  readonly getSync: (hash: string) => Uint8Array | null;
}

/** What a run is made from; its hash is the run's specHash. */
export interface RunInput {
  readonly spec: PipelineSpec;
  readonly snapshot: {
    readonly sha256: string;
    readonly bytes: number;
    readonly file: string;
    /** With several sources the bytes of each, from which the file above was joined. */
    readonly parts?: readonly {
      readonly name: string;
      readonly sha256: string;
      readonly file: string;
    }[];
  };
  /** Hash of the facts measured under this spec on this snapshot. */
  readonly factsHash: string;
  /** Blob of data/sample.parquet: rows without personal columns. */
  readonly sampleHash: string;
  /** Per role the hash of what its draft reads of spec and facts; absent in runs that were started before it was kept. */
  readonly reads?: Readonly<Record<string, string>>;
}

/** What a step submitted besides its files; its hash is the attempt's summaryHash. */
export interface StepDocument {
  readonly summary: StepSummary;
  readonly parts: readonly Part[];
}

/** What the checks of an attempt found; its hash is the event's findingsHash. */
export interface ChecksDocument {
  readonly results: readonly {
    readonly check: string;
    readonly status: string;
    readonly reason?: string;
    readonly later?: string;
  }[];
  readonly findings: readonly Finding[];
  readonly files: readonly LevelOfFile[];
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** The verification level of one file, with what gave it or why there is none. */
export interface LevelOfFile {
  readonly path: string;
  /** Of the bytes that the level was given to; absent in documents of older releases. */
  readonly sha256?: string;
  readonly level: Level;
  readonly by: readonly {
    readonly check: string;
    readonly tool: string;
    readonly version: string;
  }[];
  readonly reason?: string;
}

/** A spec change that comments asked for; its hash is the event's patchHash. */
export interface SpecPatch {
  readonly edits: readonly { readonly op: string; readonly key: string; readonly value: string }[];
}

const read = async (blobs: Blobs, hash: string): Promise<unknown> => {
  const bytes = await blobs.get(hash);
  if (bytes === null) throw new BugError("BLOB_MISSING", `expected a blob ${hash}, got none`);
  return JSON.parse(Buffer.from(bytes).toString("utf8"));
};

/** Documents of ours were written by us: they are trusted to have the shape of their type. BugError BLOB_MISSING. */
export const readRunInput = async (blobs: Blobs, hash: string) =>
  (await read(blobs, hash)) as RunInput;
/** What each step reads of the run's input, or null for a run that did not keep it. Synchronous: a transaction asks. */
export const readReadsSync = (
  blobs: Blobs,
  hash: string,
): Readonly<Record<string, string>> | null => {
  const bytes = blobs.getSync(hash);
  if (bytes === null) return null;
  return (JSON.parse(Buffer.from(bytes).toString("utf8")) as RunInput).reads ?? null;
};
export const readFacts = async (blobs: Blobs, hash: string) => (await read(blobs, hash)) as Facts;
export const readStep = async (blobs: Blobs, hash: string) =>
  (await read(blobs, hash)) as StepDocument;
export const readChecks = async (blobs: Blobs, hash: string) =>
  (await read(blobs, hash)) as ChecksDocument;
export const writeDocument = (
  blobs: Blobs,
  document: RunInput | Facts | StepDocument | ChecksDocument | SpecPatch,
): Promise<string> => blobs.put(JSON.stringify(document));

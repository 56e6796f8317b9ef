import type { Workspace } from "./tools/tool.ts";

/** Files by path. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** A workspace whose files can be put back to what a recorded turn left. */
export interface OpenWorkspace extends Workspace {
  readonly reset: (files: Files) => void;
}

/** Starts from `start`; nothing given is changed. */
export const createWorkspace = (given: {
  readonly draft: Files;
  readonly previous: Files;
  readonly upstream: Files;
  readonly start: Files;
}): OpenWorkspace => {
  let files = new Map(given.start);
  return {
    draft: given.draft,
    previous: given.previous,
    upstream: given.upstream,
    files: () => files,
    write: (path, bytes) => {
      files.set(path, bytes);
    },
    remove: (path) => {
      files.delete(path);
    },
    reset: (to) => {
      files = new Map(to);
    },
  };
};

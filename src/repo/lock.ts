import { sha256 } from "../lib/hash.ts";
import type { Level } from "../spec/levels.ts";
import { CHOICE_NAMES, ENDING, OPTION_NAMES } from "../spec/options.ts";
import type { PipelineSpec } from "../spec/spec.ts";

/** What the checks say of one file. */
export interface LockLevel {
  readonly level: Level;
  readonly by: readonly {
    readonly check: string;
    readonly tool: string;
    readonly version: string;
  }[];
  readonly reason?: string;
}

export interface LockInput {
  /** Name and version of the generator: "mlpipeline 0.1.0". */
  readonly generator: string;
  readonly spec: PipelineSpec;
  readonly leftOut: readonly {
    readonly part: string;
    readonly why: string;
    readonly toTurnOn: string;
  }[];
  /** All files of the repository but the lock itself. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly levels: ReadonlyMap<string, LockLevel>;
}

/** Warnings of the chosen values whose service ends or has ended. */
export const endingWarnings = (spec: PipelineSpec) => {
  const chosen = [
    ...OPTION_NAMES.map((name) => `${name}=${spec.options[name]}`),
    ...CHOICE_NAMES.map((name) => `${name}=${spec.choices[name]}`),
  ];
  return chosen.flatMap((choice) => ENDING[choice] ?? []);
};

const UNCHECKED: LockLevel = {
  level: "unverified",
  by: [],
  reason: "no tool exists: no check has examined these bytes",
};

/**
 * `pipeline.lock.json`: answers, generator, what was left out, and per file hash and verification level. No times, so that a
 * rerun gives the same bytes. It lists every file but itself, sorted by path.
 */
export const renderLock = (input: LockInput): string => {
  const files = [...input.files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, bytes]) => ({
      path,
      sha256: sha256(bytes),
      ...(input.levels.get(path) ?? UNCHECKED),
    }));
  const lock = {
    generator: input.generator,
    answers: { ...input.spec.options, ...input.spec.choices },
    warning: endingWarnings(input.spec).map((warning) => ({
      system: warning.system,
      text: warning.text,
      ends: warning.ends,
      instead: warning.instead,
    })),
    left_out: input.leftOut.map((item) => ({
      part: item.part,
      why: item.why,
      to_turn_on: item.toTurnOn,
    })),
    files,
  };
  return `${JSON.stringify(lock, null, 2)}\n`;
};

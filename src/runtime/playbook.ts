import type { Prompts } from "../agents/blueprint.ts";
import type { PlaybookStep } from "../engine/command.ts";
import { canonicalJson, sha256 } from "../lib/hash.ts";
import type { Role } from "../spec/roles.ts";
import { ROLES } from "../spec/roles.ts";

/** The playbook is exactly the set of briefs, in the order of the roles. */
export const playbookOf = (prompts: Prompts): readonly PlaybookStep[] =>
  ROLES.map((role) => {
    const brief = prompts.briefs[role];
    return {
      key: role,
      phase: brief.phase,
      needs: [...brief.needs],
      deliverables: brief.deliverables.map((deliverable) => deliverable.id),
      files: brief.deliverables.flatMap((deliverable) => deliverable.files),
    };
  });

const promptHash = (prompts: Prompts, role: Role): string => {
  const brief = prompts.briefs[role];
  const folders = prompts.folders
    .filter((folder) => folder.role === role || folder.role === brief.hardens)
    .map((folder) => ({ id: folder.id, part: folder.part, files: folder.files }));
  return sha256(canonicalJson({ brief, folders }));
};

/** Inputs whose hashes are remembered; a run rarely has more than a few. */
const REMEMBERED = 200;

/**
 * Per step the hash of all it reads besides upstream manifests and comments: contract, brief, blueprint, and those values of the run's
 * input (spec, facts, snapshot; named by `specHash`) that its draft reads. `reads` gives the latter by role; where it knows nothing the
 * whole input counts. The hashes of the prompts are worked out once.
 */
export const createInputHashes = (
  prompts: Prompts,
  reads: (specHash: string) => Readonly<Record<string, string>> | null,
): ((specHash: string) => Readonly<Record<string, string>>) => {
  const byRole = ROLES.map((role) => [role, promptHash(prompts, role)] as const);
  const known = new Map<string, Readonly<Record<string, string>>>();
  return (specHash) => {
    const before = known.get(specHash);
    if (before) return before;
    const read = reads(specHash);
    const hashes = Object.fromEntries(
      byRole.map(([role, hash]) => [role, sha256(`${hash}\n${read?.[role] ?? specHash}\n`)]),
    );
    if (known.size >= REMEMBERED) known.clear();
    known.set(specHash, hashes);
    return hashes;
  };
};

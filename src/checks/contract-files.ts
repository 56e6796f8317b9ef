import { matchesGlob } from "../spec/glob.ts";
import { DELIVERABLES } from "../spec/parts.ts";
import { blocks, defineCheck, resultOf } from "./define.ts";
import type { CheckInput } from "./types.ts";

const isLeftOut = (input: CheckInput, deliverable: string): boolean => {
  const parts = DELIVERABLES.find(({ id }) => id === deliverable)?.parts ?? [];
  const leftOut = new Set((input.leftOut ?? []).map(({ part }) => part));
  return parts.length > 0 && parts.every((part) => leftOut.has(part));
};

/** Every deliverable of the role has a file, and no file of the step lies outside its contract. */
export const contractFiles = defineCheck({
  id: "contract-files",
  deliverables: "any",
  run: async (input) => {
    const { deliverables } = input.briefs[input.role];
    const missing = deliverables
      .filter(({ id, files }) => {
        const has = input.own.some((path) => files.some((glob) => matchesGlob(glob, path)));
        return !has && !isLeftOut(input, id);
      })
      .map(({ files, id }) =>
        blocks(
          "deliverable-missing",
          null,
          null,
          `no file for ${id}; expected ${files.join(", ")}`,
        ),
      );
    const globs = deliverables.flatMap(({ files }) => files);
    const outside = input.own
      .filter((path) => !globs.some((glob) => matchesGlob(glob, path)))
      .map((path) =>
        blocks("outside-contract", path, null, `${path} is in no deliverable of ${input.role}`),
      );
    return resultOf("contract-files", { findings: [...missing, ...outside] });
  },
});

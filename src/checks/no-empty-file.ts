import { blocks, defineCheck, resultOf } from "./define.ts";

// Packages mark themselves with an empty file, and an empty .gitkeep or py.typed has a meaning of its own.
const MAY_BE_EMPTY = /(^|\/)(__init__\.py|py\.typed|\.gitkeep)$/;

/** Every file of the step holds something. */
export const noEmptyFile = defineCheck({
  id: "no-empty-file",
  deliverables: "any",
  run: async (input) =>
    resultOf("no-empty-file", {
      findings: input.own
        .filter((path) => !MAY_BE_EMPTY.test(path))
        .filter((path) => {
          const text = input.files.text(path);
          return text === null ? (input.files.bytes(path)?.length ?? 0) === 0 : text.trim() === "";
        })
        .map((path) => blocks("no-empty-file", path, null, `${path} is empty`)),
    }),
});

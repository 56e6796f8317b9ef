import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import type { Keeping } from "../keeping.ts";

/** Writes a run's branch and tags as one file that git can clone. */
export const bundle = async (
  context: CliContext,
  make: Keeping["bundle"],
  run: string,
  file: string | undefined,
): Promise<ExitCode> => {
  const made = await make(run, file);
  answer(context.io, made, (value) =>
    [
      `wrote ${value.file} at ${value.commit.slice(0, 12)}, tags: ${value.tags.join(", ") || "none"}`,
      `next: git clone ${value.file}`,
    ].join("\n"),
  );
  return EXIT.ok;
};

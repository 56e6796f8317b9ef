import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import type { Keeping } from "../keeping.ts";

const MB = 1_000_000;

/** Writes a backup of the home, which may be in use meanwhile. */
export const backup = async (
  context: CliContext,
  make: Keeping["backup"],
  file: string,
  secretKey: boolean,
): Promise<ExitCode> => {
  const made = await make(file, { secretKey });
  answer(context.io, made, (value) =>
    [
      `wrote ${value.file}: ${value.files} files, ${(value.bytes / MB).toFixed(1)} MB, readable by you alone`,
      value.secretKey
        ? "secret.key is inside: keep the file as you keep a password"
        : "secret.key is not inside (--with-secret-key puts it there); a restored home makes a new one",
      ...(value.linksSkipped > 0
        ? [`${value.linksSkipped} symbolic links in repositories were left out`]
        : []),
      "next: try it: MLPIPELINE_HOME=<empty folder> mlpipeline restore <file>",
    ].join("\n"),
  );
  return EXIT.ok;
};

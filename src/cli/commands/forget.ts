import { snapshotForget } from "../../operations/snapshot-forget.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { bullets } from "../table.ts";

/** Forgets a dataset's bytes, or says what that would remove. */
export const forget = async (
  context: CliContext,
  snapshot: string,
  confirm: boolean,
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const told = await session.call(snapshotForget, { snapshot, confirm });
    answer(context.io, told, (value) =>
      [
        `${value.done ? "forgot" : "would forget"} snapshot ${value.snapshot} and ${value.samples} samples made from it (runs: ${value.runs.join(", ") || "none"})`,
        ...(value.still_held.length > 0
          ? [
              `copies of its sample, or models trained on it, stay here, in what was pushed and in backups:\n${bullets(value.still_held)}`,
            ]
          : []),
        ...(value.done ? [] : ["next: the same command with --yes; it cannot be undone"]),
      ].join("\n"),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

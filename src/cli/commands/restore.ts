import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import type { Keeping } from "../keeping.ts";

/** Restores a backup into an empty home and verifies what came out. */
export const restore = async (
  context: CliContext,
  bring: Keeping["restore"],
  file: string,
): Promise<ExitCode> => {
  const restored = await bring(file);
  const session = await context.open({});
  try {
    const { ok, runs } = await session.verify(null, null);
    const broken = runs.filter((run) => !run.ok);
    answer(context.io, { ...restored, verified: ok, runs }, (value) =>
      [
        `restored ${value.files} files to ${value.home}, as of ${value.at} (${value.generator})`,
        ok
          ? `verified: ${runs.length} runs, all intact`
          : broken.map((run) => `BROKEN: ${run.run}: ${run.said}`).join("\n"),
        value.secretKey ? "secret.key came with it" : "secret.key was not in the backup",
        "next: stop the old home before you serve this one, or both answer in Slack: mlpipeline serve",
      ].join("\n"),
    );
    return ok ? EXIT.ok : EXIT.blocked;
  } finally {
    await session.close();
  }
};

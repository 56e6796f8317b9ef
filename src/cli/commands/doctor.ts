import { doctor as definition } from "../../operations/doctor.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";

export const doctor = async (context: CliContext): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const found = await session.call(definition, {});
    answer(context.io, found, (value) =>
      value.findings
        .map((finding) =>
          [
            `${finding.ok ? "ok     " : "MISSING"} ${finding.what}: ${finding.said}`,
            ...(finding.next ? [`        next: ${finding.next}`] : []),
          ].join("\n"),
        )
        .join("\n"),
    );
    return found.ok ? EXIT.ok : EXIT.blocked;
  } finally {
    await session.close();
  }
};

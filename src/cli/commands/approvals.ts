import { approvalsList } from "../../operations/approvals-list.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { table } from "../table.ts";

export const approvals = async (context: CliContext): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const found = await session.call(approvalsList, {});
    answer(context.io, found, (value) =>
      value.approvals.length === 0
        ? "nothing waits for a decision"
        : table([
            ["run", "kind", "phase", "risk", "may decide", "until"],
            ...value.approvals.map((approval) => [
              approval.run,
              approval.kind,
              String(approval.phase ?? ""),
              approval.risk,
              approval.may_decide.join(", "),
              approval.expires_at,
            ]),
          ]),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

import { approvalsList } from "../../operations/approvals-list.ts";
import { deliverableRead } from "../../operations/deliverable-read.ts";
import { deliverablesList } from "../../operations/deliverables-list.ts";
import { handoffGet } from "../../operations/handoff-get.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { renderHandoff } from "../render-handoff.ts";
import type { Session } from "../session.ts";
import { table } from "../table.ts";

const showFile = async (context: CliContext, session: Session, run: string, path: string) => {
  const file = await session.call(deliverableRead, { run_id: run, path, max_chars: 20_000 });
  answer(context.io, file, (value) =>
    value.next_offset === undefined
      ? value.text
      : `${value.text}\n… cut at ${value.next_offset} characters`,
  );
};

const showDeliverables = async (context: CliContext, session: Session, run: string) => {
  const found = await session.call(deliverablesList, { run_id: run });
  answer(context.io, found, (value) =>
    table([
      ["deliverable", "specialist", "phase", "level", "files"],
      ...value.deliverables.map((item) => [
        item.deliverable,
        item.specialist,
        String(item.phase),
        item.level,
        item.files.join(" "),
      ]),
    ]),
  );
};

/** Shows a file of a run, the handoff that waits, or else its deliverables. */
export const show = async (
  context: CliContext,
  run: string,
  what: string | undefined,
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const waiting = (await session.call(approvalsList, { run_id: run })).approvals[0];
    if (what === "deliverables" || (what === undefined && !waiting)) {
      await showDeliverables(context, session, run);
    } else if (what !== undefined && what !== "handoff") {
      await showFile(context, session, run, what);
    } else {
      const handoff = await session.call(handoffGet, { approval: waiting?.approval_id ?? run });
      answer(context.io, handoff, renderHandoff);
    }
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

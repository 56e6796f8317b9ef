import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import { createHandoffGet } from "./handoff-get.ts";
import { renderHandoffReport } from "./handoff-report.ts";
import type { CatalogDeps } from "./ports.ts";

/**
 * A handoff as files for a thread: the whole report, the diff, and a picture of the executed metric. For people's surfaces; an
 * assistant reads `handoff_get`. Throws APPROVAL_NOT_FOUND, NOT_A_HANDOFF.
 */
export const handoffFiles = defineOperation({
  name: "handoff_files",
  title: "Read a handoff as files",
  description: "The report, the diff and the chart of a handoff, base64.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({ approval: z.string() }),
  output: z.strictObject({
    files: z.array(
      z.strictObject({
        name: z.string(),
        title: z.string(),
        alt: z.string().optional(),
        base64: z.string(),
      }),
    ),
  }),
});

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64");

export const createHandoffFiles = (
  deps: Pick<CatalogDeps, "runs" | "approvals" | "handoffs" | "people">,
): Handler<typeof handoffFiles> => {
  const read = createHandoffGet(deps);
  return async (input, call) => {
    const handoff = await read(input, call);
    const made = await deps.handoffs.files(handoff.run_id, handoff.approval_id);
    if (made === null) {
      throw new UserInputError("NOT_A_HANDOFF", `${input.approval} is not a handoff`, {
        next: "approvals_list",
      });
    }
    const name = `${handoff.run}-phase-${handoff.phase}`;
    return {
      files: [
        {
          name: `${name}.md`,
          title: `${handoff.title}: report`,
          base64: base64(renderHandoffReport(handoff)),
        },
        { name: `${name}.diff`, title: `${handoff.title}: diff`, base64: base64(made.diff) },
        ...(made.chart
          ? [
              {
                name: `${name}.png`,
                title: `${handoff.title}: metric`,
                alt: made.chart.alt,
                base64: base64(made.chart.png),
              },
            ]
          : []),
      ],
    };
  };
};

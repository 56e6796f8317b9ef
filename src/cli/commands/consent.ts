import { dataConsent } from "../../operations/data-consent.ts";
import { present } from "../../operations/present.ts";
import type { CliContext, CommonOptions } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";

type Level = "schema" | "aggregates" | "rows" | "none";

/** Shows what may be sent to Claude, or gives the owner's consent to it. */
export const consent = async (
  context: CliContext,
  level: string | undefined,
  options: CommonOptions,
): Promise<ExitCode> => {
  const session = await context.open(present({ key: options.key }));
  try {
    // What is no level is refused by the operation's schema, which says what there is.
    const asked = level === undefined ? {} : { level: level as Level };
    const found = await session.call(dataConsent, asked);
    answer(context.io, found, (view) =>
      [
        `${view.covered ? "agreed " : "NOT AGREED"} claude.data is ${view.leaves}`,
        `        ${view.personal}`,
        ...(view.agreed === null
          ? []
          : [
              `        agreed to ${view.agreed} by ${view.by ?? "nobody known"} at ${view.at ?? "an unknown time"}`,
            ]),
        ...(view.next === null
          ? []
          : [
              `        next: mlpipeline ${view.next.replace("the owner agrees with: ", "")} (owner)`,
            ]),
      ].join("\n"),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

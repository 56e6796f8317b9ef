import { identityLink } from "../../operations/identity-link.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";

/** Ties this terminal's account to a person by a code, or makes a code for another account of the same person. */
export const link = async (
  context: CliContext,
  given: { readonly code?: string; readonly claim?: string },
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const done = await session.call(identityLink, given);
    answer(context.io, done, (value) =>
      value.tied
        ? `you are ${value.person}${value.owner ? ", the owner" : ""}${value.already ? " (as before)" : ""}`
        : `type this in Slack within ten minutes, and show it to nobody: ${value.next}`,
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";

/** Makes the home, its owner and a one-time claim code for Slack. */
export type InitHome = () => Promise<{
  readonly home: string;
  readonly owner: string;
  readonly claimCode: string | null;
  readonly created: boolean;
}>;

export const init = async (context: CliContext, make: InitHome): Promise<ExitCode> => {
  const made = await make();
  answer(context.io, made, (value) =>
    [
      value.created
        ? `made ${value.home}; ${value.owner} is its owner`
        : `${value.home} is a home already; ${value.owner} is its owner`,
      ...(value.claimCode
        ? [`to be the owner in Slack too: /mlpipeline claim ${value.claimCode} (once)`]
        : []),
      "next: mlpipeline start --data FILE --target COLUMN --goal TEXT --wait",
    ].join("\n"),
  );
  return EXIT.ok;
};

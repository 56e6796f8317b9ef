import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";

/** Makes the home, its owner and a one-time claim code for Slack. */
export type InitHome = (renew: boolean) => Promise<{
  readonly home: string;
  readonly owner: string;
  readonly claimCode: string | null;
  readonly created: boolean;
}>;

/** `renew` asks for a new claim code; a home that was claimed in Slack gives none. */
export const init = async (
  context: CliContext,
  make: InitHome,
  renew: boolean,
): Promise<ExitCode> => {
  const made = await make(renew);
  answer(context.io, made, (value) =>
    [
      value.created
        ? `made ${value.home}; ${value.owner} is its owner`
        : `${value.home} is a home already; ${value.owner} is its owner`,
      ...(value.claimCode
        ? [`to be the owner in Slack too: /mlpipeline claim ${value.claimCode} (once)`]
        : renew
          ? [`${value.owner} has a Slack account already; tie another with mlpipeline link`]
          : []),
      "next: mlpipeline start --data FILE --target COLUMN --goal TEXT --wait",
    ].join("\n"),
  );
  return EXIT.ok;
};

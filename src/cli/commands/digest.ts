import { digestSend, subscriptionSet } from "../../operations/digests.ts";
import { present } from "../../operations/present.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";

export interface DigestOptions {
  readonly to?: string;
  readonly cron?: string;
  readonly zone?: string;
  readonly quiet?: "line" | "nothing";
}

/** `digest now`, `digest on` or `digest off`. */
export const digest = async (
  context: CliContext,
  word: string,
  { cron, quiet, to, zone }: DigestOptions,
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    if (word === "now") {
      const made = await session.call(digestSend, { ...present({ to }) });
      answer(context.io, made, (value) =>
        [
          value.headline,
          ...value.sections.flatMap(({ more, rows, title }) => [
            `${title}:`,
            ...rows.map((row) => `  ${row}`),
            ...(more > 0 ? [`  +${more} more`] : []),
          ]),
        ].join("\n"),
      );
      return EXIT.ok;
    }
    const set = await session.call(subscriptionSet, {
      ...present({ to, cron, zone, when_quiet: quiet }),
      enabled: word === "on",
    });
    answer(context.io, set, (value) =>
      value.next === undefined ? "no more digests" : `the next digest comes ${value.next}`,
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

import type { z } from "zod";
import { dataConsent } from "../../operations/data-consent.ts";
import { say } from "../answer.ts";
import { perform } from "../asker.ts";
import { utc } from "../blocks/elements.ts";
import { onlyKeys, type Verb } from "./define.ts";

type Level = NonNullable<z.input<typeof dataConsent.input>["level"]>;

/** `consent [schema|aggregates|rows|none]`: what may be sent to Claude, and the owner's word on it. */
export const consent: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const level = parsed.words[0];
  // What is no level is refused by the operation's schema, which says what there is.
  const asked = level === undefined ? {} : { level: level as Level };
  const found = await perform(deps, asker, dataConsent, asked);
  const agreed =
    found.agreed === null
      ? "Nobody has agreed to anything."
      : `Agreed to ${found.agreed} by ${found.by ?? "nobody known"}${found.at === null ? "" : `, ${utc(found.at)}`}.`;
  const state = found.covered
    ? "Claude may work with that."
    : `Claude is not used: ${found.next ?? ""}.`;
  return say(`What may go to Claude: ${found.leaves}; ${found.personal}. ${agreed} ${state}`);
};

import { UserInputError } from "../../lib/errors.ts";
import { digestSend, subscriptionSet } from "../../operations/digests.ts";
import { say } from "../answer.ts";
import { perform } from "../asker.ts";
import { utc } from "../blocks/elements.ts";
import { onlyKeys, type Verb } from "./define.ts";

const WORDS = ["now", "on", "off"] as const;

/** `digest now | on | off [cron:"0 9 * * 1-5"] [zone:Europe/Berlin] [here:yes]`: one's own, or this channel's with here:yes. */
export const digest: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, ["cron", "zone", "here", "quiet"]);
  const word = WORDS.find((one) => one === (parsed.words[0] ?? "now").toLowerCase());
  if (word === undefined)
    throw new UserInputError(
      "UNKNOWN_ACTION",
      `expected ${WORDS.join(", ")}, got "${parsed.words[0]}"`,
    );
  const { cron, here, quiet, zone } = parsed.values;
  const to = here === "yes" && asker.channel !== null ? `channel:${asker.channel}` : "me";
  if (word === "now") {
    const made = await perform(deps, asker, digestSend, { to });
    return say(`The digest is on its way. ${made.headline}`);
  }
  const own = to === "me" ? (await deps.port.account(asker.user)).tz : undefined;
  const known = zone ?? own;
  const set = await perform(deps, asker, subscriptionSet, {
    to,
    enabled: word === "on",
    ...(cron === undefined ? {} : { cron }),
    ...(known === undefined ? {} : { zone: known }),
    ...(quiet === "nothing" ? { when_quiet: "nothing" as const } : {}),
  });
  return say(
    set.next === undefined
      ? "No more digests from now on."
      : `The next digest comes ${utc(set.next)}.`,
  );
};

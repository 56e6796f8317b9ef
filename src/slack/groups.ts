import { messageOf } from "../lib/errors.ts";
import type { SlackDeps } from "./deps.ts";

type GroupDeps = Pick<SlackDeps, "groups" | "port" | "log">;

/** Below the time after which a membership no longer counts, so that what is fresh stays fresh. */
const EVERY_MS = 4 * 60_000;

/** Asks Slack who is in these user groups now (its answers are kept five minutes) and notes it. Whom it does not list may not vote. */
export const refreshGroups = async (
  { groups, port }: GroupDeps,
  wanted: readonly string[],
): Promise<void> => {
  if (wanted.length === 0) return;
  const team = await port.team();
  for (const group of wanted) {
    const members = await port.groupMembers(group);
    await groups.note(
      group,
      members.map((user) => `${team}/${user}`),
    );
  }
};

/** Keeps the groups that the policy names fresh, from now on; the result ends it. Never throws. */
export const keepGroupsFresh = (deps: GroupDeps): (() => void) => {
  const look = async () => {
    await refreshGroups(deps, await deps.groups.named());
  };
  const lookSafely = () =>
    void look().catch((error: unknown) =>
      deps.log.warn("user groups could not be read", { error: messageOf(error) }),
    );
  lookSafely();
  const timer = setInterval(lookSafely, EVERY_MS);
  return () => clearInterval(timer);
};

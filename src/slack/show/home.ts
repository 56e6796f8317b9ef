import { messageOf } from "../../lib/errors.ts";
import { approvalsList } from "../../operations/approvals-list.ts";
import { pipelineStatus } from "../../operations/pipeline-status.ts";
import { runsFollowed } from "../../operations/run-follow.ts";
import { renderHome, renderUnknownHome } from "../blocks/home-view.ts";
import type { HomeView } from "../blocks/slack-types.ts";
import type { SlackDeps } from "../deps.ts";
import { claimHint, unknownPerson } from "../identity.ts";

type HomeDeps = Pick<SlackDeps, "port" | "call" | "settings" | "findPerson" | "log">;

const viewFor = async (deps: HomeDeps, team: string, user: string): Promise<HomeView> => {
  const [person, owner] = await Promise.all([deps.findPerson(team, user), deps.settings.owner()]);
  if (person === null && deps.settings.guests !== "read")
    return renderUnknownHome(unknownPerson(team, user, owner));
  const [{ approvals }, status, followed] = await Promise.all([
    deps.call(approvalsList, { limit: 50 }),
    deps.call(pipelineStatus, {}),
    person === null ? { runs: [] } : deps.call(runsFollowed, { person: person.id }),
  ]);
  return renderHome({
    approvals: approvals.filter((one) => person !== null && one.may_decide.includes(person.id)),
    runs: status.runs,
    followed: followed.runs,
    spendUsd: status.spend_usd,
    claim: claimHint(owner),
    admin: person !== null && person.id === owner?.person,
  });
};

/** Publishes somebody's Home as it is now. */
export const publishHome = async (deps: HomeDeps, team: string, user: string): Promise<void> =>
  deps.port.publishHome(user, await viewFor(deps, team, user));

/** Brings the Homes of these people up to date; a Home that fails is published when it is opened next. */
export const refreshHomes = async (deps: HomeDeps, people: readonly string[]): Promise<void> => {
  for (const person of new Set(people)) {
    for (const { team, user } of await deps.settings.accountsOf(person)) {
      await publishHome(deps, team, user).catch((error: unknown) =>
        deps.log.info("a Home was not published", { user, error: messageOf(error) }),
      );
    }
  }
};

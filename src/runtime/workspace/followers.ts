import type { Actor } from "../../engine/command.ts";
import type { RunEvent } from "../../engine/event.ts";
import type { OutboxWrite } from "../../store/port.ts";
import type { Json } from "../../store/rows.ts";
import { SLACK_TARGET } from "../outbox.ts";
import { commitWorkspace, type WorkspaceDeps } from "./identity.ts";

const PREFIX = "follow/";

/** The setting that holds who follows a run: ids of people. */
export const followSetting = (runId: string): string => `${PREFIX}${runId}`;

export const followersIn = (setting: Json): readonly string[] =>
  Array.isArray(setting) ? setting.map(String) : [];

/** Has a person follow a run, or not any more; the same again changes nothing. */
export const setFollowing = async (
  deps: WorkspaceDeps,
  wish: { readonly runId: string; readonly person: string; readonly follow: boolean },
  actor: Actor,
  key: string,
): Promise<void> => {
  const { follow, person, runId } = wish;
  await commitWorkspace<true>(deps, { actor, key, payload: { ...wish } }, ({ reads }) => {
    const others = followersIn(reads.setting(followSetting(runId))).filter((one) => one !== person);
    const value = follow ? [...others, person] : others;
    return {
      answer: true,
      settings: [{ key: followSetting(runId), value: value.length === 0 ? null : value }],
      audit: [{ action: follow ? "RunFollowed" : "RunUnfollowed", subject: runId }],
    };
  });
};

/** Ids of the runs that a person follows. */
export const readFollowing = async (
  { store }: Pick<WorkspaceDeps, "store">,
  person: string,
): Promise<readonly string[]> =>
  (await store.settings.list(PREFIX))
    .filter(({ value }) => followersIn(value).includes(person))
    .map(({ key }) => key.slice(PREFIX.length));

/** What about an event a follower hears of: a name for it, null for everything else. */
const newsIn = (event: RunEvent): string | null => {
  switch (event.type) {
    case "ApprovalOpened":
      return `approval/${event.approvalId}`;
    case "RunCompleted":
    case "RunFailed":
    case "RunCancelled":
      return "end";
    case "StepBlocked":
      return event.on === "person" ? `blocked/${event.step}/${event.ref}` : null;
    default:
      return null;
  }
};

/** A row per follower and piece of news, in the lane of that person's direct messages. */
export const followNoticesOf = (
  runId: string,
  events: readonly RunEvent[],
  followers: readonly string[],
): readonly OutboxWrite[] =>
  events.flatMap((event) => {
    const what = newsIn(event);
    if (what === null) return [];
    return followers.map((person) => ({
      effectKey: `followed/${runId}/${person}/${what}`,
      target: SLACK_TARGET,
      lane: `dm/${person}`,
      kind: "followed",
      body: { run_id: runId, ref: runId, person, what: what.split("/")[0] ?? what },
    }));
  });

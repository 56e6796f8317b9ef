import type { SlackPort } from "../port.ts";
import { bodyOf, type CallApi } from "./api.ts";
import { createFiles, type FileWire } from "./files.ts";
import { createMessages } from "./messages.ts";
import { createPeople } from "./people.ts";
import { createViews } from "./views.ts";

interface PortDeps {
  readonly call: CallApi;
  readonly wire: FileWire;
  readonly nowMs: () => number;
}

/** Slack as the rest of the surface sees it, for one workspace. */
export const createSlackPort = ({ call, nowMs, wire }: PortDeps): SlackPort => {
  let team: string | null = null;
  const teamOf = async (): Promise<string> => {
    team ??= String((await bodyOf(call, "auth.test", {})).team_id);
    return team;
  };
  return {
    ...createMessages(call),
    ...createViews(call),
    ...createFiles(call, wire),
    ...createPeople(call, { team: teamOf, nowMs }),
  };
};

import type { Log } from "../../lib/log.ts";
import type { SlackUser } from "../identity.ts";
import type { MessageIndex, PostMarks } from "../messages.ts";
import type { SlackPort } from "../port.ts";
import { type CallApi, mustCall } from "./api.ts";
import { createComplaints } from "./complaints.ts";
import { createDegrade } from "./degrade.ts";
import { createEffectListener } from "./effects.ts";
import { createFiles, type FileWire } from "./files.ts";
import { createHome } from "./home.ts";
import type { Timing } from "./lanes.ts";
import type { MessageDeps } from "./message-deps.ts";
import { createMessages } from "./messages.ts";
import { createPacedApi } from "./paced-api.ts";
import type { Payload } from "./payload.ts";
import { createPeople } from "./people.ts";
import { createReplays, type Replays } from "./replays.ts";
import { createSessions } from "./sessions.ts";
import { createViews } from "./views.ts";

/** What the transport hears before anybody else; the manifest subscribes to each. */
export type TransportEvent = "message_metadata_posted" | "app_uninstalled" | "tokens_revoked";

interface PortDeps {
  /** One call as it is; pacing is added here. */
  readonly call: CallApi;
  readonly wire: FileWire;
  readonly index: MessageIndex & PostMarks;
  readonly owners: () => Promise<readonly SlackUser[]>;
  readonly timing: Timing;
  readonly log: Log;
}

/** The port, and what the inbound side has to do with it. */
export interface PortParts {
  readonly port: SlackPort;
  readonly paced: CallApi;
  readonly replays: Replays;
  /** The events that the transport listens to itself. */
  readonly own: Readonly<Record<TransportEvent, (body: Payload) => Promise<void>>>;
}

/** Slack as the rest of the surface sees it, for one workspace. */
export const createSlackPort = (given: PortDeps): PortParts => {
  const { index, log, owners, timing, wire } = given;
  const { call: paced, park } = createPacedApi({ call: given.call, timing, log });
  let team: string | null = null;
  const teamOf = async (): Promise<string> => {
    team ??= String((await mustCall(paced, "auth.test", {})).team_id);
    return team;
  };
  const deps: MessageDeps = {
    call: paced,
    index,
    log,
    timing,
    degrade: createDegrade(timing.nowMs),
    startedAtMs: timing.nowMs(),
    complain: (channel, code) => complain(channel, code),
  };
  const messages = createMessages(deps);
  const complain = createComplaints({ dm: messages.dm, owners, nowMs: timing.nowMs, log });
  const replays = createReplays(messages.permalink);
  return {
    paced,
    replays,
    own: {
      message_metadata_posted: createEffectListener(deps),
      app_uninstalled: async () => park("account_inactive"),
      tokens_revoked: async () => park("token_revoked"),
    },
    port: {
      ...messages,
      ...createViews(paced, { replays, nowMs: timing.nowMs }),
      publishHome: createHome(paced, timing),
      setSession: createSessions({ call: paced, nowMs: timing.nowMs, log }),
      ...createFiles(paced, wire),
      ...createPeople(paced, { team: teamOf, nowMs: timing.nowMs }),
    },
  };
};
